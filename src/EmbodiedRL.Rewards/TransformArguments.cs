using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards;

/// <summary>The arguments of one transform, taken by name, so that a mistyped one is noticed.</summary>
internal sealed class TransformArguments(TransformSettings settings)
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public float Take(string name, float otherwise)
    {
        _known.Add(name);
        return settings.Args.TryGetValue(name, out float value) ? value : otherwise;
    }

    public void ThrowIfLeft()
    {
        foreach (string name in settings.Args.Keys)
            if (!_known.Contains(name)) throw new UnknownNameException($"argument of transform '{settings.Name}' called", name, _known);
    }
}
