// A volume: one invocation makes what one ray shows, and paints the pixels that share it.
// 0, 1: width, height; 2: pixels along each side of a ray's block; 3: colours; 4: parts; 5: join;
// 6: opacity; 7: low limit; 8: 1 / range; 9: gamma; 10: threshold, or attenuation of a sample; 11 to
// 13: texels; 14 to 16: parts; 17: logarithm of a part's side; 18: whether there is an eye. In double
// precision, each as two: 19 corner, 25 across, 31 down, 37 view, 43 eye, 49 spacing, 55 step.

// Samples that are read before it is asked again whether what follows is needed.
const uint RUN = 32u;

// Each loop has one way out, at its head: where invocations of a group could leave in several ways,
// drivers let them go apart for good, and each pays for all.
void walk() {
    uint k = 0u, part_end = 0u;
    while (k < count) {
        // Cells in which there may be something, together: those that follow each other in one part.
        // Up to `end` samples are read, and up to `next` they are done with.
        uint end = k, next = k;
        bool seeks = true;
        while (seeks) {
            bool enters = end >= part_end, empty = false;
            if (enters && end > k) {
                seeks = false;
            } else {
                vec3 p = within(place(float(end)));
                next = part_end;
                if (enters) {
                    enter(uvec3(p) >> side);
                    part_end = leaves(corner, corner + float(1u << side), end);
                    next = part_end;
                    empty = skip(part == MISSING ? vec2(0.0) : range_at(part), next - end);
                }
                if (!empty && part != MISSING) {
                    // Rounding may say the cell beside it, and says the same of where that is left.
                    uvec3 cell = min(uvec3(max(p - corner, 0.0)), most) >> 3;
                    vec3 low = corner + vec3(cell << 3);
                    next = min(leaves(low, low + 8.0, end), part_end);
                    uint number = cell.z * cell_pitch.y + cell.y * cell_pitch.x + cell.x;
                    empty = skip(range_at(part + 2u + 2u * number), next - end);
                }
                seeks = !empty || end == k;
                if (empty && end == k) k = next;
                if (seeks) end = next;
                seeks = seeks && end < count && end - k < RUN;
            }
        }
        while (k < end) {
            if (!take(k, place(float(k)))) count = 0u;
            k = count == 0u ? end : k + 1u;
        }
        k = max(k, next);
    }
}

void join(ivec2 to, vec4 seen) {
    vec3 below = vec3(channels(pixel_at(to))), joined;
    switch (param(5u)) {
    case 0u: joined = seen.a * seen.rgb; break;
    case 1u: joined = seen.a * seen.rgb + (1.0 - seen.a) * below; break;
    case 2u: joined = below + seen.a * seen.rgb; break;
    default: joined = seen.a * min(seen.rgb, below) + (1.0 - seen.a) * below;
    }
    put_pixel(to, pixel_of(uvec3(clamp(joined + 0.5, 0.0, 255.0))));
}

void main() {
    int every = int(param(2u));
    ivec2 first = ivec2(gl_GlobalInvocationID.xy) * every, canvas = ivec2(param(0u), param(1u));
    if (any(greaterThanEqual(first, canvas)) || !find_path(gl_GlobalInvocationID.xy)) return;
    walk();
    vec4 made = seen();
    if (made.a <= 0.0) return;
#if MODE != 4
    made.a *= single(6u);
#endif
    ivec2 end = min(first + every, canvas);
    for (int y = first.y; y < end.y; y++) {
        for (int x = first.x; x < end.x; x++) join(ivec2(x, y), made);
    }
}
