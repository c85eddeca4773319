/** For whom something is. */
export type Audience = 'off' | 'contacts' | 'circle' | 'everyone'
