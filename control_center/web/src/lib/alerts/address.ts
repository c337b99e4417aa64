/** Where an address of the alerts leads, and back. Pure. */

export interface AlertsPlace {
  page: "alerts";
  /** The incident that an alert is drafted from; null: of none. */
  incident: number | null;
}

export const ALERTS: AlertsPlace = { page: "alerts", incident: null };

export function alertsPlaceOf(said: URLSearchParams): AlertsPlace {
  const number = said.get("incidente") ?? "";
  return { ...ALERTS, incident: /^\d{1,15}$/.test(number) ? Number(number) : null };
}

export const alertsHashOf = ({ incident }: AlertsPlace): string =>
  incident === null ? "#/alertas" : `#/alertas?incidente=${incident}`;
