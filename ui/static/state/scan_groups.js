/**
 * Which of many files make one scan, by folder and kind; each group is one upload, and the server decides what its files
 * are. A DICOM series that lies in several folders stays together, by the series' UID in the first and last file of each.
 */
import { t } from "../words/index.js";
import { isStack } from "./tiff_pages.js";

const VOLUME = /\.(nii|nii\.gz|nrrd|mha|mgh|mgh\.gz|mgz|mnc|zip)$/i;
const HEADER = /\.(nhdr|mhd|hdr|par)$/i; // its voxels are in a file beside it
const PICTURE = /\.(png|jpe?g|tiff?)$/i;
const TIFF = /\.tiff?$/i;
const NO_IMAGE = /\.(json|txt|tsv|csv|bval|bvec|label|lbl|ctbl|md|pdf|xml|html?|ya?ml|log|ini|exe|inf)$|^(dicomdir|license|readme|thumbs\.db)$/i;
const HEADER_BYTES = 65536; // a series' UID comes before the pixels
const SERIES_UID_TAG = "\x20\x00\x0e\x00";

/**
 * @typedef {File & { relativePath?: string }} DroppedFile
 * @typedef {{ name: string, files: DroppedFile[] }} ScanGroup what a person calls it, and what is uploaded together
 */

/** A file's path below the folder that was dropped or chosen. @param {DroppedFile} file */
export const pathOf = (file) => file.relativePath || file.webkitRelativePath || file.name;

/** What systems leave beside files. @param {DroppedFile} file */
const isHidden = (file) =>
  pathOf(file)
    .split("/")
    .some((part) => part.startsWith(".") || part === "@eaDir" || part === "__MACOSX");

/** @param {string} name */
const stem = (name) => name.replace(/(\.(nii|img|mgh))?\.[a-z][a-z0-9]*$/i, "");

/**
 * The scans in these files, in the order of their paths. Where no file looks like one, all files are one group, so that
 * the server says what is wrong with them.
 *
 * @param {DroppedFile[]} files
 * @returns {Promise<ScanGroup[]>}
 */
export async function groupScans(files) {
  const wanted = files.filter((file) => !isHidden(file));
  /** @type {ScanGroup[]} */
  const whole = [];
  /** @type {ScanGroup[]} groups of files that may be DICOM */
  const series = [];
  for (const [folder, held] of byFolder(wanted)) {
    const found = [...(await volumesOf(held)), ...(await picturesOf(folder, held))];
    whole.push(...found);
    const taken = new Set(found.flatMap((group) => group.files));
    const others = held.filter((file) => !taken.has(file) && !NO_IMAGE.test(file.name) && !PICTURE.test(file.name));
    const rest = found.length ? await dicomOf(others) : others;
    if (rest.length) series.push({ name: folderName(folder, rest), files: rest });
  }
  const groups = [...whole, ...(await joinSeries(series))];
  if (groups.length < 2) return wanted.length ? [{ name: groups[0]?.name ?? folderName("", wanted), files: wanted }] : [];
  return groups.sort((a, b) => pathOf(a.files[0]).localeCompare(pathOf(b.files[0]), undefined, { numeric: true }));
}

/** @param {DroppedFile[]} files @returns {Map<string, DroppedFile[]>} */
function byFolder(files) {
  const folders = new Map();
  for (const file of files) {
    const folder = pathOf(file).split("/").slice(0, -1).join("/");
    folders.set(folder, [...(folders.get(folder) ?? []), file]);
  }
  return folders;
}

/** @param {string} folder @param {DroppedFile[]} files */
const folderName = (folder, files) => folder.split("/").at(-1) || (files.length === 1 ? files[0].name : t("imports.upload.files", { count: files.length }));

/**
 * Files that hold a volume each, with what describes them beside them.
 * @param {DroppedFile[]} files of one folder
 * @returns {Promise<ScanGroup[]>}
 */
async function volumesOf(files) {
  const groups = [];
  for (const file of files) {
    const beside = VOLUME.test(file.name) ? [] : HEADER.test(file.name) ? await dataOf(file, files) : null;
    if (!beside) continue;
    const described = files.filter((each) => each !== file && /\.json$/i.test(each.name) && stem(each.name) === stem(file.name));
    groups.push({ name: stem(file.name), files: [file, ...beside, ...described] });
  }
  const data = new Set(groups.flatMap((group) => group.files.slice(1)));
  return groups.filter((group) => !data.has(group.files[0])); // a .nrrd may hold the voxels of a .nhdr
}

/**
 * The files that a header names.
 * @param {DroppedFile} header
 * @param {DroppedFile[]} files
 */
async function dataOf(header, files) {
  const text = await header.slice(0, HEADER_BYTES).text();
  const others = files.filter((each) => each !== header);
  const named = others.filter((each) => text.includes(each.name));
  return named.length ? named : others.filter((each) => stem(each.name) === stem(header.name) && !NO_IMAGE.test(each.name));
}

/**
 * Pictures of a folder are the slices of one scan, unless a volume is beside them: then they show it. A TIFF of several
 * pages is a scan of its own; one that cannot be read ends the upload of its scan alone, not the search for others.
 * @param {string} folder
 * @param {DroppedFile[]} files
 * @returns {Promise<ScanGroup[]>}
 */
async function picturesOf(folder, files) {
  const pictures = files.filter((file) => PICTURE.test(file.name));
  if (!pictures.length || pictures.length < files.filter((file) => !NO_IMAGE.test(file.name)).length) return [];
  const holdsPages = await Promise.all(pictures.map((file) => TIFF.test(file.name) && isStack(file).catch(() => false)));
  const stacks = pictures.filter((_, n) => holdsPages[n]).map((file) => ({ name: stem(file.name), files: [file] }));
  const slices = pictures.filter((_, n) => !holdsPages[n]);
  return slices.length ? [...stacks, { name: folderName(folder, slices), files: slices }] : stacks;
}

/** Those that say that they are DICOM files. @param {DroppedFile[]} files */
async function dicomOf(files) {
  const marks = await Promise.all(files.map((file) => file.slice(128, 132).text()));
  return files.filter((_, n) => marks[n] === "DICM");
}

/**
 * Join folders whose files are of the same series.
 * @param {ScanGroup[]} groups
 */
async function joinSeries(groups) {
  if (groups.length < 2) return groups;
  /** @type {ScanGroup[]} */
  const joined = [];
  /** @type {Map<string, ScanGroup>} */
  const known = new Map();
  for (const group of groups) {
    const uids = (await Promise.all([group.files[0], group.files[group.files.length - 1]].map(seriesUid))).filter(Boolean);
    const into = uids.map((uid) => known.get(uid)).find(Boolean) ?? { name: group.name, files: [] };
    if (!into.files.length) joined.push(into);
    into.files.push(...group.files);
    for (const uid of uids) known.set(uid, into);
  }
  return joined;
}

/** The UID of the series that a DICOM file states, in little-endian order; empty where none is found. @param {DroppedFile} file */
async function seriesUid(file) {
  const bytes = new Uint8Array(await file.slice(0, HEADER_BYTES).arrayBuffer());
  const text = new TextDecoder("latin1").decode(bytes);
  const at = text.indexOf(SERIES_UID_TAG);
  return at < 0 ? "" : (/^[0-9.]+/.exec(text.slice(at + 8, at + 72))?.[0] ?? "");
}
