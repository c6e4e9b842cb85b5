// Texels of a part of a volume; `volumes/form.rs` says how they lie. Axes are (horizontal, vertical,
// depth) here, x first.

#if TEXEL == 0
uint raw_at(uint texels, uint i) { return memory[texels + (i >> 2)] >> ((i & 3u) * 8u) & 255u; }
#elif TEXEL == 1
uint raw_at(uint texels, uint i) { return memory[texels + (i >> 1)] >> ((i & 1u) * 16u) & 65535u; }
#else
uint raw_at(uint texels, uint i) { return memory[texels + i]; }
#endif

#if TEXEL == 2
float number_of(uint raw) { return uintBitsToFloat(raw); }
#else
float number_of(uint raw) { return float(raw); }
#endif

// `isnan` may be compiled away.
bool is_nan(float x) { return (floatBitsToUint(x) & 0x7FFFFFFFu) > 0x7F800000u; }

// What each axis adds to the number of a texel. `pitch`: texels from one row of blocks to the next,
// and from one plane of blocks to the next.
uvec2 pitch_of(uvec3 size) {
    uvec2 blocks = (size.xy + 4u) >> 2;
    return uvec2(blocks.x, blocks.x * blocks.y) << 6;
}
uint along_x(uint x) { return (x >> 2 << 6) + (x & 3u); }
uint along_y(uint y, uvec2 pitch) { return (y >> 2) * pitch.x + ((y & 3u) << 2); }
uint along_z(uint z, uvec2 pitch) { return (z >> 2) * pitch.y + ((z & 3u) << 4); }

uvec3 cells_of(uvec3 size) { return (size + 7u) >> 3; }
// The word at which texels begin, in a part that begins at `part`.
uint texels_of(uint part, uvec3 cells) { return part + 2u + 2u * cells.x * cells.y * cells.z; }
