// Runs every test of the page in one process, so that they share one server and one Chromium.
// Each file of page/ runs on its own as well: `node --test tests/browser/page/phone.test.js`.

import { readdirSync } from 'node:fs'

for (const name of readdirSync(new URL('page/', import.meta.url)).sort()) await import(`./page/${name}`)
