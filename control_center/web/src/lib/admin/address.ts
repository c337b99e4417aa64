/** Where in the administration an address leads, and back. Pure. */

export type AdminView = "people" | "mine";

export interface AdminPlace {
  page: "admin";
  view: AdminView;
}

export const ADMIN: AdminPlace = { page: "admin", view: "mine" };
export const PEOPLE: AdminPlace = { page: "admin", view: "people" };

export const adminPlaceOf = (second: string): AdminPlace => (second === "personas" ? PEOPLE : ADMIN);
export const adminHashOf = ({ view }: AdminPlace): string => (view === "people" ? "#/cuenta/personas" : "#/cuenta");
