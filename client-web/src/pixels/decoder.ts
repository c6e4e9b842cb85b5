/** Turns encoded pictures into drawable ones, in order. Knows no sockets and no canvas. */

import type { PixelCodec, PixelHeader } from '../protocol';

export interface Encoded {
  header: PixelHeader;
  payload: Uint8Array<ArrayBuffer>;
  /** `performance.now()` of its arrival. */
  arrivedAt: number;
}

/** A picture; whoever receives it must close it. */
export type Picture = VideoFrame | ImageBitmap;

export interface Events {
  picture(picture: Picture, of: Encoded): void;
  /** These will not be shown: they could not be decoded, or the decoder was closed before. */
  lost(pictures: readonly Encoded[]): void;
  /** The decoder failed; H.264 must begin again with a key picture. */
  failed(reason: string): void;
}

/** Pictures in the decoder; more means that it has stopped answering. */
const MAX_UNDECODED = 64;

export class Decoder {
  private video: VideoDecoder | null = null;
  private config = '';
  private inside = new Map<number, Encoded>();

  constructor(private readonly events: Events) {}

  get queue(): number {
    return this.inside.size;
  }

  /** Begins a stream of H.264 pictures with this WebCodecs codec string. */
  configure(config: string): void {
    this.close();
    this.config = config;
  }

  decode(picture: Encoded): void {
    if (picture.header.codec === 'h264') this.decodeVideo(picture);
    else void this.decodeStill(picture, picture.header.codec);
  }

  close(): void {
    if (this.video && this.video.state !== 'closed') this.video.close();
    this.video = null;
    if (this.inside.size > 0) this.events.lost([...this.inside.values()]);
    this.inside.clear();
  }

  private decodeVideo(picture: Encoded): void {
    try {
      // The time stamp is only a name here: it finds the header again when the frame comes out.
      const timestamp = picture.header.sequence;
      this.inside.set(timestamp, picture);
      if (this.inside.size > MAX_UNDECODED) throw new Error('the decoder does not answer');
      this.video ??= this.open();
      this.video.decode(
        new EncodedVideoChunk({
          type: picture.header.key ? 'key' : 'delta',
          timestamp,
          data: picture.payload,
        }),
      );
    } catch (error) {
      this.fail(error);
    }
  }

  private open(): VideoDecoder {
    const decoder: VideoDecoder = new VideoDecoder({
      output: (frame) => {
        const of = decoder === this.video ? this.inside.get(frame.timestamp) : undefined;
        if (!of) return frame.close();
        this.inside.delete(frame.timestamp);
        this.events.picture(frame, of);
      },
      error: (error) => {
        if (decoder === this.video) this.fail(error);
      },
    });
    // Annex B: no description; the parameter sets come with each key picture.
    decoder.configure({ codec: this.config, optimizeForLatency: true });
    return decoder;
  }

  private fail(error: unknown): void {
    this.close();
    this.events.failed(error instanceof Error ? error.message : String(error));
  }

  private async decodeStill(picture: Encoded, codec: Exclude<PixelCodec, 'h264'>): Promise<void> {
    try {
      this.events.picture(await decodeImage(picture.payload, codec), picture);
    } catch {
      // One still that cannot be read is not the end of the stream; the next one stands alone.
      this.events.lost([picture]);
    }
  }
}

/** The pixels of a JPEG or PNG file as they are in it. */
export function decodeImage(
  payload: Uint8Array<ArrayBuffer>,
  codec: Exclude<PixelCodec, 'h264'>,
): Promise<ImageBitmap> {
  const blob = new Blob([payload], { type: `image/${codec}` });
  return createImageBitmap(blob, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
}
