/**
 * What the page is asked to measure about itself; added before its own scripts run (benchmarks/speed_page.py).
 *
 * Times are performance.now() in ms since navigation began. "Drawn" is when the frame that shows a thing has left
 * the main thread: a message posted while the frame is made is handled after that.
 */
(() => {
  const probe = (window.probe = { interactive: null, ready: null, clicked: null, sharp: null });
  let recording = null; // {frames, busy, latencies, pending, redraws}
  let wanted = null; // width in voxels of the slice that is waited for

  const afterThisFrame = (then) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => then(performance.now());
    port2.postMessage(0);
  };

  const tick = (now) => {
    if (probe.interactive === null && document.querySelector('[data-testid="tool-brush"]')?.checkVisibility() && window.fewshotSam) {
      afterThisFrame((at) => (probe.interactive = at));
      probe.interactive = now;
    }
    if (probe.ready === null && window.fewshotSam?.ready) probe.ready = now;
    if (recording) {
      const { frames, busy } = recording;
      const began = performance.now();
      frames.push(now);
      afterThisFrame((at) => busy.push(at - began));
    }
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);

  addEventListener("click", (event) => (probe.clicked = event.timeStamp), { capture: true });
  for (const type of ["pointermove", "wheel"]) {
    addEventListener(type, (event) => recording && recording.kind === type && (recording.pending ??= event.timeStamp), { capture: true, passive: true });
  }

  const drawImage = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (image, ...place) {
    drawImage.call(this, image, ...place);
    if (!this.canvas.closest?.(".pane.main")) return;
    if (wanted && image.width === wanted) {
      wanted = null;
      afterThisFrame((at) => (probe.sharp = at));
    }
    if (recording && recording.lastRedraw !== recording.frames.length) {
      recording.lastRedraw = recording.frames.length;
      recording.redraws += 1;
      const { pending, latencies } = recording;
      recording.pending = null;
      if (pending !== null) afterThisFrame((at) => latencies.push(at - pending));
    }
  };

  probe.expectSlice = (width) => {
    probe.sharp = null;
    wanted = width;
  };
  /** kind: the event that should lead to a new picture. */
  probe.record = (kind) => (recording = { kind, frames: [], busy: [], latencies: [], pending: null, redraws: 0, lastRedraw: -1 });
  probe.stop = () => {
    const { frames, busy, latencies, redraws } = recording;
    recording = null;
    return { frames, busy, latencies, redraws };
  };
})();
