/** The painting tools, one line each, in the order of the toolbar. */
import "./navigate.js";
import "./brush.js";
import "./sphere.js";
import "./eraser.js";
import "./lasso.js";
import "./polygon.js";
import "./box.js";
import "./point.js";
import "./fill.js";
import "./keep.js";
import "./pick.js";

export { shownOptions, toolById, TOOLS } from "./tool.js";
