import { crc32, deflateSync } from 'node:zlib'
import type { Page } from 'playwright-core'

/** A quiet sound of so many seconds as WAV: 8,000 samples of 8 bits a second. */
export function sound(seconds: number): Uint8Array {
  const length = seconds * 8_000
  const bytes = Buffer.alloc(44 + length, 128)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(36 + length, 4)
  bytes.write('WAVEfmt ', 8)
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(8_000, 24)
  bytes.writeUInt32LE(8_000, 28)
  bytes.writeUInt16LE(1, 32)
  bytes.writeUInt16LE(8, 34)
  bytes.write('data', 36)
  bytes.writeUInt32LE(length, 40)
  return bytes
}

/** A landscape of a sky, a sun and hills as PNG with the grain of a photograph; each hue another one. */
export function picture(hue: number, width = 720, height = 480): Uint8Array {
  const rows = Buffer.alloc((width * 3 + 1) * height)
  const sun = { x: width * (0.25 + (hue % 5) / 10), y: height * 0.35, r: height / 9 }
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const hill = height * (0.68 + 0.09 * Math.sin(x / 105 + hue) + 0.05 * Math.sin(x / 35 + hue * 2))
      const isSun = (x - sun.x) ** 2 + (y - sun.y) ** 2 < sun.r ** 2
      const share = y / height
      const color =
        y > hill
          ? [40 + ((hue * 37) % 60), 110 - share * 50, 70 + ((hue * 23) % 50)]
          : isSun
            ? [255, 226, 150]
            : [110 + share * 110 + ((hue * 17) % 30), 160 + share * 60, 220 - share * 40]
      const at = y * (width * 3 + 1) + 1 + x * 3
      for (const [i, value] of color.entries())
        rows[at + i] = Math.min(255, value + ((x * x * 31 + y * y * 17 + x * y) % 7) - 3)
    }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND')])
}

function chunk(type: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(12 + data.length)
  bytes.writeUInt32BE(data.length, 0)
  bytes.write(type, 4)
  bytes.set(data, 8)
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length)
  return bytes
}

/** A film of a second as WebM, which the browser itself makes. */
export async function film(page: Page): Promise<Uint8Array> {
  const base64 = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 180 })
    const context = canvas.getContext('2d')!
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm;codecs=vp8' })
    const parts: Blob[] = []
    recorder.addEventListener('dataavailable', ({ data }) => parts.push(data))
    const stopped = new Promise(done => recorder.addEventListener('stop', done))
    recorder.start()
    const began = performance.now()
    while (performance.now() - began < 1000) {
      context.fillStyle = `hsl(${(performance.now() - began) / 4} 60% 50%)`
      context.fillRect(0, 0, 320, 180)
      await new Promise(requestAnimationFrame)
    }
    recorder.stop()
    await stopped
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer())
    return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
  })
  return Buffer.from(base64, 'base64')
}
