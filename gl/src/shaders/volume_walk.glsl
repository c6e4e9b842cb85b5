// Along a ray. See `volumes.rs` for the parameters.

const uint MISSING = 0xFFFFFFFFu;
// Samples of a ray: those of the longest diagonal that memory can hold, many times over.
const float MAX_SAMPLES = 1048576.0;
const float INFINITY = uintBitsToFloat(0x7F800000u);

float single(uint at) { return uintBitsToFloat(param(at)); }
double real(uint at) { return packDouble2x32(uvec2(param(at), param(at + 1u))); }
dvec3 vector(uint at) { return dvec3(real(at), real(at + 2u), real(at + 4u)); }

ivec3 shape = ivec3(param(11u), param(12u), param(13u));
vec3 last = vec3(shape - 1);
uint side = param(17u);

// Sample k is at start + k * pace, up to `count` of them.
vec3 start, pace, inverse, direction;
uint count;

// Whether the ray of this block has samples.
bool find_path(uvec2 block) {
    dvec2 at = (dvec2(block) + 0.5LF) * double(param(2u));
    dvec3 origin = vector(19u) + at.x * vector(25u) + at.y * vector(31u);
    dvec3 spacing = vector(49u);
    dvec3 along = vector(37u);
    double near = -1e300LF, far = 1e300LF;
    if (param(18u) != 0u) {
        dvec3 eye = vector(43u), to = origin - eye, world = to * spacing;
        along = to / sqrt(dot(world, world));
        origin = eye;
        near = 0.0LF;
    }
    for (int d = 0; d < 3; d++) {
        double low = -0.5LF, high = double(shape[d]) - 0.5LF;
        if (along[d] == 0.0LF) {
            if (origin[d] < low || origin[d] >= high) return false;
            continue;
        }
        double a = (low - origin[d]) / along[d], b = (high - origin[d]) / along[d];
        near = max(near, min(a, b));
        far = min(far, max(a, b));
    }
    if (!(near < far) || near < -1e299LF || far > 1e299LF) return false;
    double step = real(55u);
    double samples = ceil((far - near) / step - 0.5LF);
    if (!(samples >= 1.0LF)) return false;
    count = uint(min(float(samples), MAX_SAMPLES));
    start = vec3(origin + (near + 0.5LF * step) * along);
    pace = vec3(along * step);
    inverse = 1.0 / pace;
    direction = vec3(along * spacing);
    return true;
}

vec3 place(float k) { return start + k * pace; }
vec3 within(vec3 p) { return clamp(p, vec3(0.0), last); }

// The first sample after k that is not between these texels, `count` at most. What lies beyond the
// volume belongs to its last ones.
uint leaves(vec3 low, vec3 high, uint k) {
    bvec3 up = greaterThan(pace, vec3(0.0)), down = lessThan(pace, vec3(0.0));
    vec3 t = (mix(low, high, up) - start) * inverse;
    vec3 first = mix(floor(t) + 1.0, ceil(t), up);
    float end = float(count);
    if (up.x && high.x <= last.x || down.x && low.x > 0.0) end = min(end, first.x);
    if (up.y && high.y <= last.y || down.y && low.y > 0.0) end = min(end, first.y);
    if (up.z && high.z <= last.z || down.z && low.z > 0.0) end = min(end, first.z);
    return max(uint(max(end, 0.0)), k + 1u);
}

// The part that is read.
uint part, texels;
vec3 corner;
uvec3 most;
uvec2 pitch, cell_pitch;

void enter(uvec3 at) {
    uvec3 first = at << side;
    uvec3 size = min(uvec3(shape) - first, uvec3(1u << side));
    part = tables[param(4u) + (at.z * param(15u) + at.y) * param(14u) + at.x];
    corner = vec3(first);
    most = size - 1u;
    pitch = pitch_of(size);
    uvec3 cells = cells_of(size);
    cell_pitch = uvec2(cells.x, cells.x * cells.y);
    texels = texels_of(part, cells);
}

vec2 range_at(uint at) { return uintBitsToFloat(uvec2(memory[at], memory[at + 1u])); }

// What is read at p, which lies in the part.
uint nearest(vec3 p) {
    uvec3 i = min(uvec3(max(p - corner + 0.5, 0.0)), most + 1u);
    return raw_at(texels, along_x(i.x) + along_y(i.y, pitch) + along_z(i.z, pitch));
}

// Words of four texels are 1 << WIDE.
#if TEXEL == 0
const uint WIDE = 0u;
#elif TEXEL == 1
const uint WIDE = 1u;
#else
const uint WIDE = 2u;
#endif

// Two neighbours: `at` is the word of the first, `beside` how far that of the second is, `bits` where
// the first begins in its word.
vec2 pair(uint at, uint beside, uint bits) {
    uint a = memory[at], b = memory[at + beside];
#if TEXEL >= 2
    return vec2(number_of(a), number_of(b));
#else
    uint both = a >> bits | (b << 1) << (31u - bits);
#if TEXEL == 0
    return vec2(float(both & 255u), float(both >> 8 & 255u));
#else
    return vec2(float(both & 65535u), float(both >> 16));
#endif
#endif
}

float mixed(vec3 p) {
    vec3 q = p - corner;
    uvec3 i = min(uvec3(max(q, 0.0)), most);
    vec3 f = q - vec3(i);
    // Bits of a word, and words; a block has 16 times four texels.
    uint bits = (i.x & 3u) << (3u + WIDE);
    uint first = texels + (i.x >> 2 << (4u + WIDE)) + (bits >> 5);
    uint beside = (i.x & 3u) == 3u ? (16u << WIDE) - (bits >> 5) : ((bits + (8u << WIDE)) >> 5) - (bits >> 5);
    bits &= 31u;
    uint y0 = along_y(i.y, pitch), y1 = along_y(i.y + 1u, pitch);
    uint z0 = along_z(i.z, pitch), z1 = along_z(i.z + 1u, pitch);
    uvec4 rows = first + (uvec4(y0 + z0, y1 + z0, y0 + z1, y1 + z1) >> (2u - WIDE));
    vec2 a = pair(rows.x, beside, bits), b = pair(rows.y, beside, bits);
    vec2 c = pair(rows.z, beside, bits), d = pair(rows.w, beside, bits);
    // Depth first, then vertical, horizontal last: two at a time. What is flat has to stay flat to the
    // last bit, since the direction of a gradient is seen, however small it is.
    precise vec2 near = fma(c - a, f.zz, a), far = fma(d - b, f.zz, b);
    precise vec2 line = fma(far - near, f.yy, near);
    precise float made = fma(line.y - line.x, f.x, line.x);
    return made;
}

float sample_at(vec3 p) {
    if (part == MISSING) return 0.0;
    p = within(p);
#if LINEAR
    return mixed(p);
#else
    return number_of(nearest(p));
#endif
}

// Anywhere.
void enter_at(vec3 p) { enter(uvec3(within(p)) >> side); }
float value_at(vec3 p) {
    enter_at(p);
    return sample_at(p);
}
uint label_at(vec3 p) {
    enter_at(p);
    return part == MISSING ? 0u : nearest(within(p));
}
