import { language } from './words.js';

const formats = new Map();

function number(options) {
  const key = language() + JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(language(), options));
  return formats.get(key);
}

export function count(value) {
  return value === null || value === undefined ? '–' : number({}).format(value);
}

export function short(value) {
  if (value === null || value === undefined) return '–';
  return Math.abs(value) < 10_000 ? number({ maximumFractionDigits: value < 10 && value % 1 ? 1 : 0 }).format(value)
    : number({ notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

export function bytes(value) {
  if (value === null || value === undefined) return '–';
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return number({ maximumFractionDigits: unit === 0 || value >= 100 ? 0 : 1 }).format(value) + ' ' + units[unit];
}

export function time(value) {
  if (value === null || value === undefined) return '–';
  const at = new Date(value);
  const pad = (part, length = 2) => String(part).padStart(length, '0');
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

export function ago(value) {
  const seconds = Math.max(0, Math.round((Date.now() - new Date(value)) / 1000));
  const format = new Intl.RelativeTimeFormat(language(), { numeric: 'auto' });
  if (seconds < 60) return format.format(-seconds, 'second');
  if (seconds < 3600) return format.format(-Math.floor(seconds / 60), 'minute');
  if (seconds < 86_400) return format.format(-Math.floor(seconds / 3600), 'hour');
  return format.format(-Math.floor(seconds / 86_400), 'day');
}

export function duration(millis) {
  if (millis < 1000) return count(Math.round(millis)) + ' ms';
  if (millis < 120_000) return count(Math.round(millis / 100) / 10) + ' s';
  return count(Math.round(millis / 60_000)) + ' min';
}
