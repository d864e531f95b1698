/** What the workspace's document (ui/workspace.py) loads: it starts the program, or says why it could not. */

/**
 * @param {{ document: Document, focus: () => void }} page
 * @param {() => Promise<{ start: (root: Element) => void }>} load
 */
export async function startIn(page, load) {
  const root = page.document.querySelector(".workspace-root") ?? page.document.body;
  try {
    const program = await load();
    program.start(root);
  } catch (error) {
    root.textContent = `The application could not start: ${error instanceof Error ? error.message : error}`;
  }
  page.focus(); // in a frame: keys go to it before the first click
}

if (typeof window !== "undefined" && window.document?.querySelector(".workspace-root")) startIn(window, () => import("./main.js"));
