// A cylinder along local z of radius size.x and half-length size.y, closed by balls, or by discs if FLAT.
void main() {
    vec3 d = ray();
    float radius = size.x, halfLength = size.y;
    float across = 1.0 / max(dot(d.xy, d.xy), 1e-12);
    float middle = -dot(origin.xy, d.xy) * across;
    vec2 nearest = origin.xy + middle * d.xy;
    float inside = radius * radius - dot(nearest, nearest);
    if (inside < 0.0) discard;
    float distance = middle - sqrt(inside * across);
    float height = origin.z + distance * d.z;
    vec3 normal = vec3((origin.xy + distance * d.xy) * size.z, 0.0);
    if (abs(height) > halfLength) {
#ifdef FLAT
        float side = -sign(d.z);
        distance = (side * halfLength - origin.z) / d.z;
        vec2 at = origin.xy + distance * d.xy;
        if (side * height < 0.0 || dot(at, at) > radius * radius) discard;
        normal = vec3(0.0, 0.0, side);
#else
        vec3 end = vec3(0.0, 0.0, height > 0.0 ? halfLength : -halfLength);
        float inverse = 1.0 / dot(d, d);
        float closest = dot(end - origin, d) * inverse;
        vec3 off = origin + closest * d - end;
        float within = radius * radius - dot(off, off);
        if (within < 0.0) discard;
        distance = closest - sqrt(within * inverse);
        normal = (origin + distance * d - end) * size.z;
#endif
    }
    show(distance, normal, d);
}
