/** A picture drawn once and stamped thousands of times.
 *
 * A bitmap, not a canvas: of a canvas the browser takes a snapshot for every stamp.
 */

/** Draw a square of `side` device pixels. */
export function stamp(side: number, draw: (ctx: OffscreenCanvasRenderingContext2D) => void): ImageBitmap {
  const canvas = new OffscreenCanvas(side, side);
  const ctx = canvas.getContext("2d");
  if (ctx) draw(ctx);
  return canvas.transferToImageBitmap();
}

/** Put one with its middle at a point of the canvas, device pixels; on whole pixels it is only copied. */
export function put(ctx: CanvasRenderingContext2D, picture: ImageBitmap, x: number, y: number): void {
  const half = picture.width / 2;
  ctx.drawImage(picture, Math.round(x - half), Math.round(y - half));
}
