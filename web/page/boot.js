// Runs before the first paint, so that neither the wrong theme nor the wrong language ever flashes; the modules take over after.
(() => {
  const root = document.documentElement
  /** @type {{theme?: unknown, language?: unknown}} */
  let kept = {}
  try {
    kept = JSON.parse(localStorage.getItem('wildtrack.settings') ?? '{}') ?? {}
  } catch {
    // Storage is shut or holds something else: the system's theme and the browser's language are good answers.
  }
  const dark = kept.theme === 'dark' || (kept.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  root.dataset.theme = dark ? 'dark' : 'light'
  const first = navigator.languages.find((tag) => /^(en|zh)\b/i.test(tag)) ?? 'en'
  const chinese = kept.language === 'zh' || (kept.language !== 'en' && /^zh/i.test(first))
  if (chinese) root.dataset.waiting = ''
})()
