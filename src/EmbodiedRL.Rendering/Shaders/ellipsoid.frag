// Seen in axes scaled by the half-axes, an ellipsoid is the unit ball. A sphere is the case of equal axes.
void main() {
    vec3 direction = ray();
    vec3 o = origin * size, d = direction * size;
    float inverse = 1.0 / dot(d, d);
    float middle = -dot(o, d) * inverse;
    vec3 nearest = o + middle * d;
    float inside = 1.0 - dot(nearest, nearest);
    if (inside < 0.0) discard;
    float distance = middle - sqrt(inside * inverse);
    show(distance, normalize((o + distance * d) * size), direction);
}
