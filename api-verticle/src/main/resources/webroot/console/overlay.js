// Boxes on a transparent canvas that lies over a picture of the same shape.

const STAGE = '#0b0f14';
const GRID = '#1c2733';

/** A colour for a class: the same one every time, and far from its neighbours'. Pictures count as dark, paper does not. */
export function colourOf(name, onDark = true) {
  let hash = 2166136261;
  for (const char of name) {
    hash = Math.imul(hash ^ char.codePointAt(0), 16777619) >>> 0;
  }
  // Twelve hues in two shades: neighbours of a finer scale could not be told apart.
  const pale = (hash >>> 8) % 2;
  return `hsl(${(hash % 12) * 30 + 15} 85% ${onDark ? (pale ? 80 : 66) : (pale ? 42 : 30)}%)`;
}

/** Those that the viewer wants to see. */
export function visible(detections, filter) {
  return detections.filter(d => d.confidence >= filter.threshold && !filter.hidden.has(d.class));
}

/** Makes the canvas as large as it is shown, in real pixels. @returns pixels of the canvas per pixel of the source */
export function fit(canvas, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const wanted = Math.max(1, Math.round(canvas.clientWidth * ratio));
  const high = Math.max(1, Math.round(wanted * height / width));
  if (canvas.width !== wanted || canvas.height !== high) {
    canvas.width = wanted;
    canvas.height = high;
  }
  return wanted / width;
}

export function drawBoxes(canvas, width, height, detections) {
  const scale = fit(canvas, width, height);
  const g = canvas.getContext('2d');
  g.clearRect(0, 0, canvas.width, canvas.height);
  const ratio = window.devicePixelRatio || 1;
  const font = Math.round(12 * ratio);
  g.font = `600 ${font}px system-ui, sans-serif`;
  g.textBaseline = 'middle';
  g.lineWidth = 2 * ratio;
  // The least certain first, so that the others' labels lie on top.
  [...detections].sort((a, b) => a.confidence - b.confidence).forEach(d => drawBox(g, canvas, d, scale, font));
}

export function drawPicture(canvas, width, height, bitmap) {
  fit(canvas, width, height);
  canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
}

/** What stands in for a picture where there is none: nobody takes a grid for a camera. */
export function drawGrid(canvas, width, height) {
  fit(canvas, width, height);
  const g = canvas.getContext('2d');
  g.fillStyle = STAGE;
  g.fillRect(0, 0, canvas.width, canvas.height);
  g.strokeStyle = GRID;
  g.lineWidth = window.devicePixelRatio || 1;
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

function drawBox(g, canvas, detection, scale, font) {
  const [x1, y1, x2, y2] = detection.bbox.map(v => v * scale);
  const colour = colourOf(detection.class);
  g.strokeStyle = colour;
  g.fillStyle = colour;
  g.strokeRect(x1, y1, x2 - x1, y2 - y1);
  const label = `${detection.class} ${Math.round(detection.confidence * 100)} %`;
  const pad = font * 0.4;
  const w = g.measureText(label).width + 2 * pad;
  const h = font * 1.5;
  // Above the box if there is room, else inside it; never beyond the picture.
  const top = y1 >= h ? y1 - h : y1;
  const left = Math.min(Math.max(0, x1 - g.lineWidth / 2), Math.max(0, canvas.width - w));
  g.fillRect(left, top, w, h);
  g.fillStyle = STAGE;
  g.fillText(label, left + pad, top + h / 2);
}
