// Presses Speak in a real Chromium and times how long it takes until the <audio> element says `playing`.
//
// node click_to_playing.mjs '{"url", "chromium", "clicks", "warm_ups", "turns": [{"name", "voice", "text"}]}'
// prints {"browser", "turns": {name: [{"playing_ms", "heard_ms"}]}}. Both count from the click event's own time stamp:
// `playing_ms` to the media event, `heard_ms` to the first frame on which currentTime has moved.
import puppeteer from 'puppeteer-core';

const GIVE_UP_MS = 20_000;
// After a stop the server still finishes the clause it was at: the next click waits until the machine is idle again.
const REST_MS = 1500;

const plan = JSON.parse(process.argv[2]);
const browser = await puppeteer.launch({
  executablePath: plan.chromium,
  headless: true,
  args: ['--no-sandbox', '--lang=en-US', '--window-size=1280,900'],
});
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(plan.url, { waitUntil: 'networkidle0' });
  await page.waitForSelector('::-p-aria([name="Voice"]) option', { timeout: GIVE_UP_MS });
  await page.evaluate(watchClicks);

  const turns = Object.fromEntries(plan.turns.map(({ name }) => [name, []]));
  for (let round = 0; round < plan.warm_ups + plan.clicks; round += 1) {
    for (const turn of plan.turns) {
      const times = await speakOnce(page, turn);
      if (round >= plan.warm_ups) turns[turn.name].push(times);
    }
  }
  console.log(JSON.stringify({ browser: await browser.version(), turns }));
} finally {
  await browser.close();
}

/** Runs in the page: notes the times of clicks and of what the media element does about them. */
function watchClicks() {
  const watch = { clickedAt: null, playing: null, heard: null };
  window.wildtrackWatch = watch;
  document.addEventListener('click', (event) => {
    if (event.target.closest('button')?.type !== 'submit') return;
    Object.assign(watch, { clickedAt: event.timeStamp, playing: null, heard: null });
  }, true);
  // Media events do not bubble, but they can be caught on the way down.
  document.addEventListener('playing', ({ target }) => {
    if (watch.clickedAt === null || watch.playing !== null) return;
    watch.playing = performance.now() - watch.clickedAt;
    const from = target.currentTime;
    const look = () => {
      if (target.currentTime > from) watch.heard = performance.now() - watch.clickedAt;
      else requestAnimationFrame(look);
    };
    look();
  }, true);
}

/** One turn: choose, write, click, wait until it plays, stop, let everything settle. */
async function speakOnce(page, { voice, text }) {
  const menu = await page.waitForSelector('::-p-aria([name="Voice"][role="combobox"])');
  await menu.select(voice);
  const box = await page.waitForSelector('::-p-aria([name="Text"][role="textbox"])');
  await box.evaluate((element, value) => {
    element.value = value;
    element.dispatchEvent(new Event('input', { bubbles: true }));
  }, text);
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  await (await page.waitForSelector('::-p-aria([name="Speak"][role="button"])')).click();
  await page.waitForFunction(() => window.wildtrackWatch.heard !== null, { timeout: GIVE_UP_MS });
  const times = await page.evaluate(() => {
    const { playing, heard } = window.wildtrackWatch;
    window.wildtrackWatch.clickedAt = null;
    return { playing_ms: playing, heard_ms: heard };
  });
  const stop = await page.$('::-p-aria([name="Stop"][role="button"])');
  if (stop !== null) await stop.click();
  await page.waitForSelector('::-p-aria([name="Speak"][role="button"])', { timeout: GIVE_UP_MS });
  return times;
}
