/**
 * Run it each time a person looks at the page again, from another tab or another program: once, though a browser tells of
 * both that the page is visible and that it has the focus.
 * @param {Pick<Window, "addEventListener"> | undefined} page none where there is no window, as in tests
 * @param {() => Promise<unknown>} act
 */
export function onReturn(page, act) {
  let isBack = false;
  const leave = () => void (isBack = false);
  const comeBack = () => {
    if (isBack) return;
    isBack = true;
    void act();
  };
  page?.addEventListener("blur", leave);
  page?.addEventListener("focus", comeBack);
  page?.addEventListener("visibilitychange", () => (document.hidden ? leave() : comeBack())); // bubbles to the window
}
