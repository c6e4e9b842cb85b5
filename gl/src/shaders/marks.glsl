// Annotations: a workgroup paints a tile of the canvas, mark after mark; `marks` says what they
// cover. 0, 1: left, top; 2: tiles in a row; 3: where each tile's items begin; 4: items; 5: records;
// 6: blending; 7: the layer's opacity.

const uint OPAQUE = 0u;
const uint ADDITIVE = 2u;
const uint MINIMUM = 3u;

// How far a colour pulls what is below, with its share of the pixel.
vec3 pull(uint color, float coverage, vec3 below) {
    if (!(coverage > 0.0)) return vec3(0.0);
    float opacity = number(op + 7u);
    vec3 source = vec3(channels(color));
    float alpha = float(color >> 24) / 255.0;
    float share = alpha * opacity;
    uint blending = param(6u);
    if (blending == OPAQUE) {
        source = floor(source * opacity + 0.5);
        share = alpha > 0.0 ? 1.0 : 0.0;
    }
    if (blending == ADDITIVE) return share * coverage * source;
    if (blending == MINIMUM) source = min(source, below);
    return share * coverage * (source - below);
}

void join(inout vec3 pixel, uint color, float coverage, uint other, float rest) {
    if (!(coverage > 0.0 || rest > 0.0)) return;
    vec3 sum = pull(color, coverage, pixel) + pull(other, rest, pixel);
    // The pixel is a whole number: rounding the sum is rounding what is added.
    pixel = clamp(floor(pixel + sum + 0.5), 0.0, 255.0);
}

// The mean over 0 to 1 of how much of a pixel lies to the right of an edge that goes from `left`
// to `right`, measured from the pixel's left side.
float beyond(float left, float right) {
    if (left >= 1.0) return 0.0;
    if (right <= 0.0) return 1.0;
    float across = right - left;
    if (across < 1e-3) return clamp(1.0 - (left + right) * 0.5, 0.0, 1.0);
    // The part before the pixel counts 1, that in it from 1 to 0, that behind it 0.
    float from = max(left, 0.0), to = min(right, 1.0);
    float within = (to - from) * (1.0 - (from + to) * 0.5);
    return (max(-left, 0.0) + within) / across;
}

float fill(uint first, uint count, vec2 at) {
    float winding = 0.0;
    for (uint i = 0u; i < count; i++) {
        uint e = first + i * 4u;
        vec2 a = vec2(number(e), number(e + 1u)), b = vec2(number(e + 2u), number(e + 3u));
        vec2 upper = a.y < b.y ? a : b, lower = a.y < b.y ? b : a;
        float top = max(upper.y, at.y), bottom = min(lower.y, at.y + 1.0);
        if (top >= bottom) continue;
        float slope = (lower.x - upper.x) / (lower.y - upper.y);
        float least = min(a.x, b.x), most = max(a.x, b.x);
        float x0 = clamp(upper.x + (top - upper.y) * slope, least, most) - at.x;
        float x1 = clamp(upper.x + (bottom - upper.y) * slope, least, most) - at.x;
        float height = a.y < b.y ? bottom - top : top - bottom;
        winding += height * beyond(min(x0, x1), max(x0, x1));
    }
    return abs(winding - 2.0 * floor(winding * 0.5 + 0.5));
}

float stroke(uint first, uint count, float width, vec2 at) {
    vec2 middle = at + 0.5;
    float coverage = 0.0, reach = width * 0.5 + 0.5;
    for (uint i = 0u; i < count; i++) {
        uint s = first + i * 6u;
        vec2 a = vec2(number(s), number(s + 1u));
        vec2 along = vec2(number(s + 3u), number(s + 4u)) - a, p = middle - a;
        float squared = dot(along, along);
        float part = squared > 0.0 ? clamp(dot(p, along) / squared, 0.0, 1.0) : 0.0;
        float near = clamp(min(reach - length(p - along * part), width), 0.0, 1.0);
        coverage = max(coverage, near * mix(number(s + 2u), number(s + 5u), part));
    }
    return coverage;
}

// Signed distance from a polygon (I. Quilez, "2D distance functions").
float polygon(uint first, uint count, float radius, vec2 p) {
    float squared = 1e30, side = 1.0;
    uint last = first + (count - 1u) * 2u;
    vec2 before = vec2(number(last), number(last + 1u)) * radius;
    for (uint i = 0u; i < count; i++) {
        vec2 corner = vec2(number(first + i * 2u), number(first + i * 2u + 1u)) * radius;
        vec2 e = before - corner, w = p - corner;
        vec2 b = w - e * clamp(dot(w, e) / dot(e, e), 0.0, 1.0);
        squared = min(squared, dot(b, b));
        bvec3 c = bvec3(p.y >= corner.y, p.y < before.y, e.x * w.y > e.y * w.x);
        if (all(c) || all(not(c))) side = -side;
        before = corner;
    }
    return side * sqrt(squared);
}

// Face and edge.
vec2 point(uint record, uint outlines, vec2 at) {
    vec2 middle = vec2(number(record), number(record + 1u));
    float radius = number(record + 2u);
    if (radius <= 0.0) {
        float face = number(outlines);
        return floor(middle) == at ? vec2(face, 1.0 - face) : vec2(0.0);
    }
    vec2 p = at + 0.5 - middle;
    uint count = tables[record + 7u], form = tables[record + 6u];
    float apart = length(p) - radius;
    if (count == 1u) { // a ring, whose inner radius is said
        float inner = number(outlines + form) * radius;
        apart = max(apart, inner - length(p));
    } else if (count > 1u) {
        apart = polygon(outlines + form, count, radius, p);
    }
    float whole = clamp(0.5 - apart, 0.0, 1.0);
    float face = clamp(0.5 - apart - max(number(record + 3u), 0.0), 0.0, 1.0);
    return vec2(face, whole - face);
}

vec2 letters(uint record, ivec2 at) {
    ivec2 p = at - ivec2(tables[record], tables[record + 1u]);
    ivec2 size = ivec2(tables[record + 2u], tables[record + 3u]);
    if (any(lessThan(p, ivec2(0))) || any(greaterThanEqual(p, size))) return vec2(0.0);
    uint i = uint(p.y) * uint(size.x) + uint(p.x);
    uint pair = memory[tables[record + 4u] + (i >> 1)] >> ((i & 1u) * 16u);
    return vec2(pair & 255u, pair >> 8 & 255u) / 255.0;
}

void main() {
    ivec2 at = ivec2(gl_GlobalInvocationID.xy) + ivec2(param(0u), param(1u));
    if (any(greaterThanEqual(at, imageSize(picture)))) return;
    uint tile = param(3u) + gl_WorkGroupID.y * param(2u) + gl_WorkGroupID.x;
    uint records = param(5u);
    uint before = pixel_at(at);
    vec3 pixel = vec3(channels(before));
    for (uint i = tables[tile]; i < tables[tile + 1u]; i++) {
        uint item = param(4u) + i * 3u;
        uint count = tables[item] >> 2, record = records + tables[item + 1u];
        uint first = records + tables[item + 2u];
        switch (tables[item] & 3u) {
        case 0u:
            join(pixel, tables[record], fill(first, count, vec2(at)), 0u, 0.0);
            break;
        case 1u:
            join(pixel, tables[record], stroke(first, count, number(record + 1u), vec2(at)), 0u, 0.0);
            break;
        case 2u: {
            vec2 part = point(record, records, vec2(at));
            join(pixel, tables[record + 4u], part.x, tables[record + 5u], part.y);
            break;
        }
        default: {
            vec2 part = letters(record, at);
            join(pixel, tables[record + 5u], part.x, tables[record + 6u], part.y);
        }
        }
    }
    uint after = pixel_of(uvec3(pixel));
    if (after != before) put_pixel(at, after);
}
