// What each mode makes of the samples of a ray: whether a stretch of `n` samples between two numbers
// can be passed over (it is taken then as far as it counts), what a sample adds (false: no more are
// wanted), and what is seen.

const float LAST = 4080.0;

float low_limit = single(7u), scale = single(8u), gamma = single(9u), extra = single(10u);

float t_of(float v) { return clamp((v - low_limit) * scale, 0.0, 1.0); }
vec3 color_of(float t) { return vec3(channels(tables[param(3u) + uint(t * LAST + 0.5)])); }

#if MODE == 0
float best = -INFINITY;
bool skip(vec2 range, uint n) {
    // All that is dark has one colour.
    if (t_of(range.y) <= 0.0) best = max(best, range.x);
    return range.y <= best || t_of(range.y) <= 0.0;
}
bool take(uint k, vec3 p) {
    float v = sample_at(p);
    if (v > best) best = v;
    return t_of(best) < 1.0;
}
vec4 seen() { return best == -INFINITY ? vec4(0.0) : vec4(color_of(t_of(best)), 1.0); }

#elif MODE == 1
float best = INFINITY;
bool skip(vec2 range, uint n) {
    if (t_of(range.x) >= 1.0) best = min(best, range.y);
    return range.x >= best || t_of(range.x) >= 1.0;
}
bool take(uint k, vec3 p) {
    float v = sample_at(p);
    if (v < best) best = v;
    return t_of(best) > 0.0;
}
vec4 seen() { return best == INFINITY ? vec4(0.0) : vec4(color_of(t_of(best)), 1.0); }

#elif MODE == 2
float sum = 0.0, taken = 0.0;
bool skip(vec2 range, uint n) {
    if (range.x != range.y) return false;
    sum += range.x * float(n);
    taken += float(n);
    return true;
}
bool take(uint k, vec3 p) {
    float v = sample_at(p);
    if (!is_nan(v)) {
        sum += v;
        taken += 1.0;
    }
    return true;
}
vec4 seen() { return taken == 0.0 ? vec4(0.0) : vec4(color_of(t_of(sum / taken)), 1.0); }

#elif MODE == 3
float best = -1.0, before = 0.0;
bool skip(vec2 range, uint n) {
    if (t_of(range.y) > 0.0) return false;
    best = max(best, 0.0);
    return true;
}
bool take(uint k, vec3 p) {
    float v = sample_at(p);
    if (is_nan(v)) return true;
    float t = t_of(v);
    best = max(best, t * exp(-extra * before));
    before += t;
    return exp(-extra * before) > best;
}
vec4 seen() { return best < 0.0 ? vec4(0.0) : vec4(color_of(best), 1.0); }

#elif MODE == 4
vec3 sum = vec3(0.0);
float alpha = 0.0, pace_voxels = float(real(55u)), opacity = single(6u);
bool skip(vec2 range, uint n) { return t_of(range.y) <= 0.0; }
bool take(uint k, vec3 p) {
    float v = sample_at(p);
    if (is_nan(v)) return true;
    float t = t_of(v);
    if (t <= 0.0) return true;
    float own = opacity * (gamma == 1.0 ? t : pow(t, gamma));
    float share = pace_voxels == 1.0 ? own : 1.0 - pow(max(1.0 - own, 0.0), pace_voxels);
    share *= 1.0 - alpha;
    sum += share * color_of(t);
    alpha += share;
    return alpha <= OPAQUE;
}
vec4 seen() { return alpha <= 0.0 ? vec4(0.0) : vec4(sum / alpha, alpha); }

#else
int found = -1;

// How much of the light at the eye comes back.
float light(vec3 gradient) {
    float far = dot(gradient, gradient);
    return far > 0.0 ? min(abs(dot(gradient, direction)) * inversesqrt(far), 1.0) : 1.0;
}
vec3 voxels = vec3(vector(49u));
const vec3 UNIT[3] = vec3[](vec3(1.0, 0.0, 0.0), vec3(0.0, 1.0, 0.0), vec3(0.0, 0.0, 1.0));

#if MODE == 5
bool skip(vec2 range, uint n) { return range.y < extra; }
bool is_inside(vec3 p) { return value_at(p) >= extra; }
bool take(uint k, vec3 p) {
    if (sample_at(p) >= extra) found = int(k);
    return found < 0;
}
#else
bool skip(vec2 range, uint n) { return range.x == 0.0 && range.y == 0.0; }
bool is_inside(vec3 p) { return label_at(p) != 0u; }
bool take(uint k, vec3 p) {
    if (part != MISSING && nearest(within(p)) != 0u) found = int(k);
    return found < 0;
}
#endif

vec4 seen() {
    if (found < 0) return vec4(0.0);
    float far = float(found), near = far - 1.0;
    for (int i = 0; found > 0 && i < HALVINGS; i++) {
        float middle = (near + far) / 2.0;
        if (is_inside(place(middle))) far = middle;
        else near = middle;
    }
    vec3 p = place(far), gradient;
#if MODE == 5
    float largest = value_at(p);
    for (int d = 0; d < 3; d++) {
        float after = value_at(p + UNIT[d]), before = value_at(p - UNIT[d]);
        if (after > largest) largest = after;
        if (before > largest) largest = before;
        gradient[d] = (after - before) / voxels[d];
    }
    vec3 color = color_of(t_of(largest));
    float lambda = light(gradient), shine = 255.0 * SHINE * pow(lambda, SHININESS);
#else
    uint own = label_at(p);
    for (int d = 0; d < 3; d++) {
        float after = float(label_at(p + UNIT[d]) == own), before = float(label_at(p - UNIT[d]) == own);
        gradient[d] = (after - before) / voxels[d];
    }
    vec3 color = vec3(channels(tables[param(3u) + (own * HASH >> HASH_SHIFT)]));
    float lambda = light(gradient), shine = 0.0;
#endif
    return vec4(min(color * (AMBIENT + (1.0 - AMBIENT) * lambda) + shine, 255.0), 1.0);
}
#endif
