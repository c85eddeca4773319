export const settingDescriptionsDe: Readonly<Record<string, string>> = {}
