/** The training loss as a small line. */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {[number, number][]} loss (step, loss), at least two
 */
export function drawSpark(canvas, loss) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext("2d");
  if (!context) return;
  context.scale(ratio, ratio);
  const values = loss.map(([, value]) => value);
  const low = Math.min(...values);
  const span = Math.max(...values) - low || 1;
  context.beginPath();
  values.forEach((value, n) => context.lineTo((n / (values.length - 1)) * width, 2 + (1 - (value - low) / span) * (height - 4)));
  context.strokeStyle = "#3f86ee";
  context.lineWidth = 1.25;
  context.stroke();
}
