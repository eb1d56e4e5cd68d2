in vec3 ray;
in vec2 st;
in flat vec3 normal;

void main() { shade(normal, ray, st); }
