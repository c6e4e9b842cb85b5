// A patch of an image or of labels; see `patches.rs` for the tables.
// 0, 1: left, top; 2, 3: width, height; 4, 5: taps of columns and rows; 6, 7: bricks, and how many
// in a row; 8: colours; 9: flags; 10, 11: join, share; 12, 13: low end of the limits, as the sum of
// two; 14: places for each unit of intensity.

const uint LINEAR = 1u;
const uint LABELS = 2u;
const uint LAST = 4080u;
const uint NOTHING = 4096u;
const uint MISSING = 0xFFFFFFFFu;
// Places are kept within this, so that mixing infinite samples gives no NaN.
const float MAX_PLACE = 4080e26;

// Where a texel is in its brick: the number of the sample. A count of samples that the brick has
// bounds it.
uint sample_number(uint brick, uint v, uint u) {
    return min(v * tables[brick + 1u] + u, max(tables[brick + 3u], 1u) - 1u);
}

uint bits8(uint base, uint i) { return memory[base + (i >> 2)] >> ((i & 3u) * 8u) & 255u; }
uint bits16(uint base, uint i) { return memory[base + (i >> 1)] >> ((i & 1u) * 16u) & 65535u; }

// A sample as the sum of two floats, the first the larger one.
vec2 sample_at(uint brick, uint v, uint u) {
    uint base = tables[brick];
    if (base == MISSING) return vec2(0.0);
    uint i = sample_number(brick, v, u);
    switch (tables[brick + 2u]) {
    case 0u: return vec2(float(bits8(base, i)), 0.0);
    case 1u: return vec2(float(bits16(base, i)), 0.0);
    case 2u: return vec2(float(int(bits16(base, i) << 16) >> 16), 0.0);
    case 3u: { uint s = memory[base + i]; return vec2(float(s >> 16) * 65536.0, float(s & 65535u)); }
    case 4u: { int s = int(memory[base + i]); return vec2(float(s >> 16) * 65536.0, float(s & 65535)); }
    case 5u: return vec2(uintBitsToFloat(memory[base + i]), 0.0);
    default: return uintBitsToFloat(uvec2(memory[base + 2u * i], memory[base + 2u * i + 1u]));
    }
}

// `isnan` may be compiled away.
bool is_nan(float x) { return (floatBitsToUint(x) & 0x7FFFFFFFu) > 0x7F800000u; }

float place(uint brick, uint v, uint u, inout bool none) {
    vec2 s = sample_at(brick, v, u);
    precise float from_low = (s.x - number(op + 12u)) + (s.y - number(op + 13u));
    precise float at = from_low * number(op + 14u);
    if (is_nan(at)) { none = true; return 0.0; }
    return clamp(at, -MAX_PLACE, MAX_PLACE);
}

uint label_number(uint brick, uint v, uint u) {
    uint base = tables[brick];
    if (base == MISSING) return 0u;
    uint i = sample_number(brick, v, u);
    switch (tables[brick + 2u]) {
    case 0u: return bits8(base, i);
    case 1u: return bits16(base, i);
    case 2u: return uint(int(bits16(base, i) << 16) >> 16);
    default: return memory[base + i];
    }
}

uint brick_at(uint row, uint column) { return param(6u) + (row * param(7u) + column) * 4u; }

void main() {
    uvec2 at = gl_GlobalInvocationID.xy;
    if (at.x >= param(2u) || at.y >= param(3u)) return;
    uint column = param(4u) + at.x * 4u;
    uint row = param(5u) + at.y * 4u;
    uint columns = tables[column], rows = tables[row];
    uint flags = param(9u);
    uint brick = brick_at(rows & 65535u, columns & 65535u);
    uint v = tables[row + 1u], u = tables[column + 1u];
    uint entry;
    if ((flags & LABELS) != 0u) {
        uint label = label_number(brick, v, u);
        entry = label == 0u ? NOTHING : (label * HASH) >> HASH_SHIFT;
    } else {
        bool none = false;
        float here = place(brick, v, u, none);
        if ((flags & LINEAR) != 0u) {
            uint v2 = tables[row + 2u], u2 = tables[column + 2u];
            float right = place(brick_at(rows & 65535u, columns >> 16), v, u2, none);
            float below = place(brick_at(rows >> 16, columns & 65535u), v2, u, none);
            float beyond = place(brick_at(rows >> 16, columns >> 16), v2, u2, none);
            float down = number(row + 3u), across = number(column + 3u);
            here += (below - here) * down;
            right += (beyond - right) * down;
            here += (right - here) * across;
        }
        entry = none ? NOTHING : uint(clamp(here, 0.0, float(LAST)) + 0.5);
    }
    ivec2 to = ivec2(at) + ivec2(param(0u), param(1u));
    uint color = tables[param(8u) + entry];
    uint share = param(11u);
    switch (param(10u)) {
    case 0u: // replace
        if (color >> 24 == 0u) return;
        break;
    case 1u: { // mix
        if (color >> 24 == 0u) return;
        uvec3 below = channels(pixel_at(to));
        color = pixel_of((channels(color) * share + below * (65536u - share) + 32768u) >> 16);
        break;
    }
    case 2u: // add
        color = pixel_of(min(channels(color) + channels(pixel_at(to)), uvec3(255u)));
        break;
    default: { // minimum
        uvec3 below = channels(pixel_at(to));
        uvec3 least = min(channels(color), below);
        color = pixel_of((least * share + below * (65536u - share) + 32768u) >> 16);
    }
    }
    put_pixel(to, color);
}
