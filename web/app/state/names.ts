/** Names for codes, as far as their catalogues have arrived. */
import type { Service } from "../../api/types";
import { type Language, nameOf } from "../../core/language";

export function serviceName(services: readonly Service[] | null, code: string, language: Language): string {
  const service = services?.find(({ service_code }) => service_code === code);
  return service ? nameOf(service, language) : services ? code : "";
}
