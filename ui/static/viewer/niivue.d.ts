/** What the page uses of NiiVue, which its script puts into the global scope. */

export interface NiivueMesh {
  id: string;
}

export interface Niivue {
  readonly volumes: unknown[];
  readonly meshes: NiivueMesh[];
  readonly sliceTypeRender: number;
  opts: { multiplanarForceRender: boolean; meshXRay: number };
  attachToCanvas(canvas: HTMLCanvasElement): Promise<unknown>;
  setSliceType(type: number): void;
  setRenderAzimuthElevation(azimuth: number, elevation: number): void;
  /** `opacity` is 0..1, of the volume with that index. */
  setOpacity(volume: number, opacity: number): void;
  loadVolumes(volumes: { url: string; name: string; colormap: string }[]): Promise<unknown>;
  addMeshFromUrl(mesh: { url: string; name: string; rgba255: Uint8Array }): Promise<unknown>;
  removeMesh(mesh: NiivueMesh): void;
  setMeshProperty(id: string, name: "visible", value: boolean): void;
  setMeshProperty(id: string, name: "rgba255", value: Uint8Array): void;
  resizeListener?(): void;
  drawScene(): void;
}

declare global {
  var niivue: { Niivue: new (options: Record<string, unknown>) => Niivue } | undefined;
}
