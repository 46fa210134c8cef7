import { svg } from './dom.js';

/** The last values as a curve; what it says in figures stands beside it, so it is left out for those who listen. */
export function spark(values, points = 60) {
  const shown = values.slice(-points);
  const max = Math.max(1, ...shown);
  const x = i => (i + points - shown.length) / (points - 1) * 100;
  const y = value => 40 - value / max * 36;
  const line = shown.map((value, i) => (i ? 'L' : 'M') + x(i).toFixed(2) + ' ' + y(value).toFixed(2)).join('');
  return svg('svg', { class: 'spark', viewBox: '0 0 100 42', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    shown.length > 1 && svg('path', { class: 'area', d: `${line}L100 42L${x(0).toFixed(2)} 42Z` }),
    shown.length > 1 && svg('path', { class: 'curve', d: line }));
}

/** Growth of a counter per second, between looks. */
export class Rate {
  values = [];

  look(counter) {
    const now = performance.now();
    if (this.counter !== undefined && now > this.at) this.values.push(Math.max(0, (counter - this.counter) * 1000 / (now - this.at)));
    this.counter = counter;
    this.at = now;
    if (this.values.length > 300) this.values.shift();
    return this.last();
  }

  last() {
    return this.values.length ? this.values[this.values.length - 1] : null;
  }
}

export function meter(share, label) {
  const width = Math.max(0, Math.min(1, share)) * 100;
  return svg('svg', { class: 'meter' + (share > .9 ? ' full' : ''), viewBox: '0 0 100 8', preserveAspectRatio: 'none', role: 'img', 'aria-label': label },
    svg('rect', { width, height: 8, rx: 1 }));
}
