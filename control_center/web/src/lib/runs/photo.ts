/** Which photos the server takes. Pure. */

export const PHOTO_TYPES = ["image/jpeg", "image/png", "image/webp"];
export const MAX_PHOTO_BYTES = 5 * 1024 * 1024;

export function photoFault({ type, size }: Pick<File, "type" | "size">): "kind" | "big" | null {
  if (!PHOTO_TYPES.includes(type)) return "kind";
  return size > MAX_PHOTO_BYTES ? "big" : null;
}
