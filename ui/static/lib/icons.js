/**
 * Line icons on a 20 x 20 grid, drawn in the text colour. Each entry is a list of SVG path data.
 * @satisfies {Record<string, string[]>}
 */
const PATHS = {
  navigate: ["M4 3l12 6.2-5.2 1.6L8.6 16z"],
  brush: ["M16.5 3.5c-3 1-6.8 4.4-8.6 7.2l1.6 1.6c2.800-1.800 6-5.800 7-8.800z", "M7 11.800c-2 .2-2.600 1.400-2.800 2.600-.1.900-.6 1.500-1.400 1.900 2.600.9 5.600.2 6-2.500"],
  eraser: ["M8 16.500h8.500", "M11.700 4l4.800 4.800-7 7H6.600l-3.100-3.100z", "M7.700 8.100l4.800 4.800"],
  lasso: ["M10 4c4 0 7 1.900 7 4.300s-3 4.300-7 4.300c-1.200 0-2.300-.2-3.300-.5", "M10 4C6 4 3 5.900 3 8.300c0 1.300.9 2.400 2.200 3.200", "M5.200 14.500a1.600 1.600 0 1 0 0-3.200 1.600 1.600 0 0 0 0 3.200z", "M6.300 14.200c.4 1 .2 2-.8 2.800"],
  polygon: ["M10 3.500l6.500 4.800-2.500 7.700H6L3.500 8.300z"],
  fill: ["M8.500 3.500l7 7-5.500 5.500a1.400 1.400 0 0 1-2 0l-5-5a1.400 1.400 0 0 1 0-2z", "M8.500 3.500L7 2", "M3 10.500h12", "M17 13c.8 1.200 1.200 1.900 1.200 2.500a1.200 1.200 0 1 1-2.400 0c0-.6.400-1.300 1.200-2.500z"],
  undo: ["M7.500 4L4 7.500 7.500 11", "M4 7.500h8a4 4 0 0 1 0 8H8"],
  redo: ["M12.500 4L16 7.500 12.500 11", "M16 7.500H8a4 4 0 0 0 0 8h4"],
  eye: ["M2 10s3-5.500 8-5.500S18 10 18 10s-3 5.500-8 5.500S2 10 2 10z", "M10 12.300a2.300 2.300 0 1 0 0-4.600 2.300 2.300 0 0 0 0 4.600z"],
  eyeOff: ["M3 3l14 14", "M8.300 4.700A8 8 0 0 1 10 4.500c5 0 8 5.500 8 5.500a14 14 0 0 1-2.300 2.900", "M5.500 6.100A13.500 13.500 0 0 0 2 10s3 5.500 8 5.500a8 8 0 0 0 3.800-1"],
  plus: ["M10 4.500v11", "M4.500 10h11"],
  close: ["M5.500 5.500l9 9", "M14.500 5.500l-9 9"],
  check: ["M4.500 10.500l3.700 3.700 7.300-8"],
  download: ["M10 3.500v9", "M6.300 9L10 12.700 13.700 9", "M4 16.500h12"],
  upload: ["M10 13V4", "M6.300 7.500L10 3.800l3.700 3.700", "M4 16.500h12"],
  expand: ["M12 3.500h4.500V8", "M8 16.500H3.500V12", "M16.500 3.500L11.500 8.500", "M3.500 16.500l5-5"],
  dots: ["M5 10h.01", "M10 10h.01", "M15 10h.01"],
  chevron: ["M6 8l4 4 4-4"],
  copyNext: ["M4 4h8v8H4z", "M8 15.500h7.500V8"],
  between: ["M4 4.500h12", "M4 15.500h12", "M4.500 10h1.500", "M9.250 10h1.500", "M14 10h1.500"],
  sliders: ["M3.500 6.500h7.500", "M14.500 6.500h2", "M12.750 8.250a1.750 1.750 0 1 0 0-3.500 1.750 1.750 0 0 0 0 3.500z", "M3.500 13.500h2", "M9 13.500h7.500", "M7.250 15.250a1.750 1.750 0 1 0 0-3.500 1.750 1.750 0 0 0 0 3.500z"],
  sparkle: ["M10 3l1.700 4.800L16.500 9.500l-4.800 1.700L10 16l-1.700-4.800L3.500 9.500l4.800-1.700z"],
  trash: ["M4 6h12", "M8 6V4h4v2", "M5.500 6l.8 10h7.400l.8-10"],
  none: ["M10 16.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13z", "M5.500 14.500l9-9"],
  contrast: ["M10 16.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13z", "M10 3.500v13", "M10 6h4.500", "M10 10h6.400", "M10 14h4.500"],
  threshold: ["M3.500 16.500h13", "M5 16.500v-4", "M8 16.500V8", "M11 16.500V4.500", "M14 16.500v-6", "M6.500 3.500v13", "M13 3.500v1.500"],
  wand: ["M4 16l8-8", "M13.500 3v3", "M12 4.500h3", "M16.500 8v2.400", "M15.300 9.200h2.400", "M8 3.500v2", "M7 4.500h2"],
  lock: ["M5.500 9.500h9v6.500h-9z", "M7.500 9.500V7a2.500 2.500 0 0 1 5 0v2.500"],
  unlock: ["M5.500 9.500h9v6.500h-9z", "M7.500 9.500V6.500a2.500 2.500 0 0 1 4.800-1"],
  shield: ["M10 3l6 2v4.500c0 3.500-2.400 6-6 7.500-3.600-1.500-6-4-6-7.500V5z"],
  fit: ["M4 7.500V4h3.500", "M12.500 4H16v3.500", "M16 12.500V16h-3.500", "M7.500 16H4v-3.500"],
  help: ["M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14z", "M7.900 8a2.100 2.100 0 1 1 3 2c-.6.300-.9.800-.9 1.500", "M10 13.800h.01"],
  folder: ["M3 6a1 1 0 0 1 1-1h3.500l1.500 2H16a1 1 0 0 1 1 1v6.500a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1z"],
  alert: ["M10 6.500v4.500", "M10 13.800h.01", "M10 2.800L18 16.500H2z"],
  uncertainty: ["M10 3.500a6.500 6.500 0 0 1 0 13", "M7.400 4.050a6.500 6.500 0 0 0-1.500 .9", "M4.300 6.900a6.500 6.500 0 0 0-.7 1.700", "M3.600 11.500a6.500 6.500 0 0 0 .8 1.800", "M5.900 15.100a6.500 6.500 0 0 0 1.600 .9", "M10 7v3.600", "M10 13.200h.01"],
  cube: ["M10 2.800l6.300 3.600v7.200L10 17.200l-6.300-3.600V6.400z", "M3.700 6.400L10 10l6.300-3.600", "M10 10v7.200"],
};

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {keyof typeof PATHS} IconName */

/**
 * An inline SVG icon; decorative (hidden from assistive technology): name the button itself.
 * @param {IconName | readonly string[]} shape a name of this file, or path data on the same grid
 * @param {number} size in pixels
 */
export function icon(shape, size = 18) {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { viewBox: "0 0 20 20", width: size, height: size, fill: "none", stroke: "currentColor", "aria-hidden": "true" };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, String(value));
  svg.setAttribute("stroke-width", shape === "dots" ? "2.4" : "1.5");
  svg.setAttribute("stroke-linecap", "round");
  svg.setAttribute("stroke-linejoin", "round");
  for (const data of typeof shape === "string" ? PATHS[shape] : shape) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", data);
    svg.append(path);
  }
  return svg;
}
