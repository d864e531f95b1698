/**
 * Loaded before Gradio's own code. Its status tracker (6.31) shows a clock while the page starts and asks for the next
 * frame for ever, though it is gone by then: 60 times a second, the browser prepares a picture in which nothing changed.
 * This page shows none of Gradio's status, so the tracker gets no frames at all.
 */

/** @param {Pick<Window, "requestAnimationFrame">} page */
export function quietGradio(page) {
  const ask = page.requestAnimationFrame.bind(page);
  page.requestAnimationFrame = (callback) => (new Error().stack?.includes("statustracker") ? 0 : ask(callback));
}

if (typeof window !== "undefined") quietGradio(window);
