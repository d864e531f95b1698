/** A toy tool: each press paints a plus of five cells around the pointer. */
import { registerTool } from "./tool.js";

export const plus = registerTool({
  id: "plus",
  label: "Plus",
  hint: "Paint a plus",
  icon: ["M10 4v12", "M4 10h12"],
  key: "Shift+P",
  cursor: "cell",
  paints: true,
  options: ["protect"],

  down(gesture, point) {
    const { width } = gesture.size;
    const [column, row] = [Math.floor(point.column), Math.floor(point.row)];
    gesture.begin();
    for (const [x, y] of [[0, 0], [1, 0], [-1, 0], [0, 1], [0, -1]]) gesture.write((row + y) * width + column + x);
    gesture.touch({ x0: column - 1, y0: row - 1, x1: column + 2, y1: row + 2 });
    gesture.commit();
    return true;
  },

  draw(context, hud) {
    if (!hud.pointer) return;
    const { x, y } = hud.place(hud.pointer);
    context.fillStyle = hud.colour;
    context.fillRect(Math.round(x) - 10, Math.round(y) - 10, 20, 20);
  },
});
