import { statfs } from 'node:fs/promises'

// Linux `statfs(2)`: ext, xfs, btrfs, tmpfs, overlayfs, zfs, f2fs, reiserfs, jfs, nilfs, ubifs, bcachefs, squashfs.
const holdAnyName = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0x794c7630, 0x2fc12fc1, 0xf2f52010, 0x52654973, 0x3153464a,
  0x3434, 0x24051905, 0xca451a4e,
])

/** True when the folder's file system takes every POSIX name as it is and tells `a` from `A`. */
export async function holdsExactNames(folder: string): Promise<boolean> {
  if (process.platform !== 'linux') return false
  try {
    return holdAnyName.has((await statfs(folder)).type)
  } catch {
    return false
  }
}
