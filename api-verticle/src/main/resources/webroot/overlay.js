// The boxes of one frame on a canvas, at the frame's aspect ratio.

const STAGE = '#0b0f14';
const GRID = '#17202b';

/** A colour for a class: the same one every time, and far from its neighbours'. */
export function colourOf(name) {
  let hash = 0;
  for (const char of name) {
    hash = (hash * 31 + char.codePointAt(0)) >>> 0;
  }
  return `hsl(${(hash * 137) % 360} 85% 62%)`;
}

/** @returns {[string, number][]} classes and how often they occur, most frequent first */
export function countsOf(detections) {
  const counts = new Map();
  detections.forEach(d => counts.set(d.class, (counts.get(d.class) ?? 0) + 1));
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]));
}

/** The same in words, each count on one line with what it counts. */
export function wordsOf(detections) {
  return countsOf(detections).map(([name, n]) => `${n}\u00a0×\u00a0${name}`).join(', ') || 'nothing';
}

/** Draws a result; boxes are in pixels of the source frame. */
export function draw(canvas, result) {
  const width = result.width || 16;
  const height = result.height || 9;
  canvas.style.aspectRatio = `${width} / ${height}`;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  canvas.height = Math.max(1, Math.round(canvas.width * height / width));
  const scale = canvas.width / width;
  const g = canvas.getContext('2d');
  g.fillStyle = STAGE;
  g.fillRect(0, 0, canvas.width, canvas.height);
  grid(g, canvas, ratio);
  const font = Math.round(13 * ratio);
  g.font = `600 ${font}px system-ui, sans-serif`;
  g.textBaseline = 'middle';
  g.lineWidth = 2 * ratio;
  // The least certain first, so that the others' labels lie on top.
  [...result.detections].sort((a, b) => a.confidence - b.confidence).forEach(d => box(g, canvas, d, scale, font));
}

function grid(g, canvas, ratio) {
  g.strokeStyle = GRID;
  g.lineWidth = ratio;
  g.beginPath();
  for (let i = 1; i < 8; i++) {
    const x = Math.round(canvas.width * i / 8);
    const y = Math.round(canvas.height * i / 8);
    g.moveTo(x, 0);
    g.lineTo(x, canvas.height);
    g.moveTo(0, y);
    g.lineTo(canvas.width, y);
  }
  g.stroke();
}

function box(g, canvas, detection, scale, font) {
  const [x1, y1, x2, y2] = detection.bbox.map(v => v * scale);
  const colour = colourOf(detection.class);
  g.strokeStyle = colour;
  g.fillStyle = colour;
  g.globalAlpha = 0.14;
  g.fillRect(x1, y1, x2 - x1, y2 - y1);
  g.globalAlpha = 1;
  g.strokeRect(x1, y1, x2 - x1, y2 - y1);
  const label = `${detection.class} ${Math.round(detection.confidence * 100)} %`;
  const pad = font * 0.4;
  const w = g.measureText(label).width + 2 * pad;
  const h = font * 1.5;
  // Above the box if there is room, else inside it; never beyond the picture.
  const top = y1 >= h ? y1 - h : y1;
  const left = Math.min(Math.max(0, x1 - g.lineWidth / 2), Math.max(0, canvas.width - w));
  g.fillRect(left, top, w, h);
  g.fillStyle = '#0b0f14';
  g.fillText(label, left + pad, top + h / 2);
}
