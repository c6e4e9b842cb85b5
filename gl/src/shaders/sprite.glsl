// A piece of an overlay. 0, 1: left, top (may be negative); 2, 3: width, height; 4: its pixels.
void main() {
    uvec2 at = gl_GlobalInvocationID.xy;
    ivec2 to = ivec2(at) + ivec2(param(0u), param(1u));
    if (at.x >= param(2u) || at.y >= param(3u) || any(lessThan(to, ivec2(0)))
        || any(greaterThanEqual(to, imageSize(picture)))) return;
    uint above = memory[param(4u) + at.y * param(2u) + at.x];
    uint alpha = above >> 24;
    if (alpha == 0u) return;
    uvec3 below = channels(pixel_at(to));
    put_pixel(to, pixel_of((channels(above) * alpha + below * (255u - alpha) + 127u) / 255u));
}
