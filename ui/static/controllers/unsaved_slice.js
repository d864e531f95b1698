/** One slice that the server has not confirmed: its request, and its backup in this browser. */
import { settled } from "../state/annotations.js";
import { forget, keep } from "./backup.js";
import { SliceUpload } from "./slice_upload.js";

/** @import { Slice } from "../state/annotations.js" */
/** @import { SliceAddress, SliceServer } from "./slice_upload.js" */

export class UnsavedSlice {
  serial = 0; // counts its edits
  sending = false;
  tries = 0; // that failed in a row
  backedUp = false;
  refused = false; // the server does not take it, and nothing sends it
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer;

  /**
   * @param {SliceServer} server
   * @param {SliceAddress} address
   * @param {Slice} slice
   */
  constructor(server, address, slice) {
    this.volumeId = address.volumeId;
    this.plane = address.plane;
    this.index = address.index;
    this.upload = new SliceUpload(server, address, slice);
  }

  /** The slice as a backup keeps it. */
  get content() {
    const { slice, paintedWith } = this.upload;
    const { labels, state } = settled(slice);
    return { plane: this.plane, index: this.index, labels, state, base: slice.version, paintedWith, notes: slice.notes };
  }

  /** @param {string} [person] who painted it */
  backUp(person) {
    this.backedUp = keep(this.volumeId, this.plane, this.index, this.content, person, this.refused);
  }

  /** It is saved. @param {string} [person] who painted it */
  forget(person) {
    forget(this.volumeId, this.plane, this.index, person);
  }
}
