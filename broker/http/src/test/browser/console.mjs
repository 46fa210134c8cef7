// Looks at every page of the console as a person would: node console.mjs PART BASE SCREENSHOTS
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const [part, base, shots, modules] = process.argv.slice(2);
const require = createRequire(pathToFileURL(join(modules, 'x.js')));
const puppeteer = require('puppeteer-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(shots, { recursive: true });

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  // As root there is no sandbox; nothing but our own pages is opened.
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--lang=en'],
});
const complaints = [];
const page = await browser.newPage();
// Chromium runs what a test evaluates in spite of the pages' policy; what the pages themselves do is under it.
page.on('console', message => { if (['error', 'warn'].includes(message.type()) && !expected(message)) complaints.push(message.text() + ' ' + (message.location().url ?? '')); });
page.on('pageerror', error => complaints.push(String(error)));
page.on('request', request => { if (!request.url().startsWith(base) && !request.url().startsWith('data:')) complaints.push('another host is asked: ' + request.url()); });
page.setDefaultTimeout(120_000);
let expectedText = null;

// What one other broker alone knows. Brokers of a busy machine may take each other for gone for a moment: that is told with 503, and pages ask again.
const ofOneBroker = /^\/api\/v1\/(groups\/[^/?]+|brokers\/[^/?]+\/configs|topics\/[^/?]+\/(records|configs))(\?|$)/;

function expected(message) {
  const text = message.text();
  const url = message.location().url ?? '';
  if (text.includes('status of 503') && url.startsWith(base) && ofOneBroker.test(url.substring(base.length))) {
    console.log('not there just now: ' + url);
    return true;
  }
  return expectedText !== null && text.includes(expectedText);
}

function check(condition, message) {
  if (!condition) throw new Error(message);
}

async function open(hash, selector = 'main h1') {
  await page.goto('about:blank');
  await page.goto(base + '/#/' + hash);
  await page.waitForSelector(selector);
}

async function text(selector, wanted) {
  await page.waitForFunction((s, w) => [...document.querySelectorAll(s)].some(element => element.textContent.includes(w)), {}, selector, wanted);
}

async function look(name, axeToo) {
  const tooWide = await page.evaluate(() => document.scrollingElement.scrollWidth > innerWidth + 1);
  check(!tooWide, name + ' is wider than its window');
  if (axeToo) {
    const found = await page.evaluate(async source => {
      if (!window.axe) (0, eval)(source);
      const result = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
      return result.violations.filter(one => ['serious', 'critical'].includes(one.impact)).map(one => one.id + ': ' + one.help + ' ' + one.nodes.slice(0, 3).map(node => node.html).join(' '));
    }, axe);
    check(found.length === 0, name + ': ' + found.join('\n'));
  }
  await page.screenshot({ path: join(shots, name + '.png') });
}

const pages = [
  ['overview', '', '#well'],
  ['topics', 'topics', 'tbody tr'],
  ['records', 'topics/orders', '.record'],
  ['partitions', 'topics/orders/partitions', 'tbody tr'],
  ['topic-groups', 'topics/orders/groups', 'tbody tr'],
  ['topic-settings', 'topics/orders/settings', 'tbody tr'],
  ['groups', 'groups', 'tbody tr'],
  ['group', 'groups/billing', 'tbody tr'],
  ['clients', 'clients', 'tbody tr'],
  ['brokers', 'brokers', '.facts'],
  ['broker', 'brokers/1', '.card'],
  ['events', 'events', '.timeline li'],
  ['access', 'access', '#why'],
  ['reference', 'reference', '.op'],
];

const sizes = { wide: { width: 1360, height: 900 }, narrow: { width: 390, height: 844, isMobile: true, hasTouch: true } };

async function everyPage() {
  for (const [size, colours] of [['wide', 'light'], ['narrow', 'dark'], ['wide', 'dark'], ['narrow', 'light']]) {
    await page.setViewport(sizes[size]);
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: colours }, { name: 'prefers-reduced-motion', value: 'reduce' }]);
    const axeToo = (size === 'wide') === (colours === 'light');
    for (const [name, hash, selector] of pages) {
      if (!axeToo && process.env.ALL_SCREENSHOTS === undefined && name !== 'overview' && name !== 'records') continue;
      // Where access rules are not asked, the broker says so with an error.
      expectedText = name === 'access' ? 'Failed to load resource' : null;
      await open(hash, selector);
      await look([name, size, colours].join('-'), axeToo);
    }
  }
  expectedText = null;
}

/** What comes before the first page can be used. */
async function firstPageIsLight() {
  let bytes = 0;
  const session = await page.createCDPSession();
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  session.on('Network.loadingFinished', event => { bytes += event.encodedDataLength; });
  await open('', '#well');
  await session.detach();
  check(bytes < 150 * 1024, 'the first page takes ' + bytes + ' bytes');
  console.log('first page: ' + Math.round(bytes / 1024) + ' KB');
}

async function press(label) {
  await page.evaluate(wanted => {
    const found = [...document.querySelectorAll('button, a')].reverse().find(element => element.textContent.trim() === wanted && !element.disabled);
    if (!found) throw new Error('there is no ' + wanted);
    found.click();
  }, label);
}

async function tasks() {
  await page.setViewport(sizes.wide);
  // Make a topic, write to it, and find the record.
  await open('topics', 'tbody tr');
  await press('Make a topic');
  await page.type('dialog input', 'made-here');
  await press('Make it');
  await text('h1', 'made-here');
  await page.waitForSelector('.recordhead');
  await press('Write a record');
  await page.type('dialog textarea', '{"hello": "<b>world</b>"}');
  await press('Write it');
  await text('dialog .done', 'offset 0');
  await press('Close');
  await press('Show');
  await page.waitForSelector('.record summary');
  await page.click('.record summary');
  await text('.record pre', '"hello": "<b>world</b>"');
  await look('record-open-wide-light', true);
  // Follow a topic that is written to.
  await open('topics/orders', '.record');
  await press('Live');
  await page.waitForSelector('.record.fresh');
  await look('live-wide-light', true);
  // See what a reset would do, without doing it.
  await open('groups/idle', 'tbody tr');
  await press('Reset its offsets');
  await page.waitForSelector('dialog[open]');
  await press('Go on');
  await text('dialog', 'Press it again');
  await look('reset-wide-light', true);
  await press('Go on');
  await page.waitForFunction(() => document.querySelector('dialog') === null);
  // A share group, and who it is that is connected.
  await open('groups/workers', 'tbody tr');
  await text('th', 'worker-1');
  await look('share-group-wide-light', true);
  // A name with everything in it stays text.
  expectedText = 'Failed to load resource';
  await open('topics/' + encodeURIComponent('<img src=x onerror=alert(1)>'), '.problem');
  await text('.problem', 'topic');
  expectedText = null;
  // By keys alone: past the navigation, and to the page.
  await open('', '#well');
  await page.keyboard.press('Tab');
  check(await page.evaluate(() => document.activeElement.className) === 'skip', 'the first key leads to the content');
  await page.keyboard.press('Enter');
  check(await page.evaluate(() => document.activeElement.id) === 'main', 'the content has the focus');
  // In Chinese.
  await page.select('.side-foot label:last-of-type select', 'zh');
  await text('h1', '概览');
  check(await page.evaluate(() => document.documentElement.lang) === 'zh', 'the page says its language');
  await page.waitForSelector('#well');
  await look('overview-chinese', true);
  await page.evaluate(() => localStorage.clear());
}

async function afterAFailure() {
  await page.setViewport(sizes.wide);
  await open('', '.hero.bad');
  await text('.hero', 'is not there');
  await look('failure-wide-light', true);
  await open('events', '.timeline li');
  await text('.timeline', 'is gone');
  await look('failure-events-wide-light', true);
}

async function login() {
  expectedText = 'Failed to load resource';
  await page.setViewport(sizes.wide);
  await page.goto(base + '/#/topics');
  await page.waitForSelector('input[name=user]');
  await look('login-wide-light', true);
  await page.type('input[name=user]', 'admin');
  await page.type('input[name=password]', 'wrong');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.problem');
  await page.evaluate(() => { document.querySelector('input[name=password]').value = ''; });
  await page.type('input[name=password]', 'change it');
  await page.keyboard.press('Enter');
  await text('h1', 'Topics');
  await press('Make a topic');
  await page.type('dialog input', 'by-admin');
  await press('Make it');
  await text('h1', 'by-admin');
  // Who may do something, and why; and somebody new who may.
  await open('access', '#why');
  await press('Set a password');
  await page.type('dialog input', 'carol');
  await page.type('dialog input[type=password]', 'a secret');
  await press('Set it');
  await text('th', 'carol');
  await press('Ask');
  await text('#why td', 'One of super.users');
  await text('#why td', 'No rule allows it');
  await look('why-wide-light', true);
  await press('Log out');
  await page.waitForSelector('input[name=user]');
}

try {
  if (part === 'pages') {
    await firstPageIsLight();
    await everyPage();
    await tasks();
  } else if (part === 'failure') {
    await afterAFailure();
  } else {
    await login();
  }
  check(complaints.length === 0, 'the browser complains: ' + complaints.join('\n'));
} catch (error) {
  await page.screenshot({ path: join(shots, 'failed.png') });
  console.log(error.stack);
  console.log(complaints.join('\n'));
  process.exitCode = 1;
} finally {
  await browser.close();
}
