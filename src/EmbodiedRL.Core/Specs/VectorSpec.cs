using System.Collections.Immutable;

namespace EmbodiedRL.Core.Specs;

/// <summary>A list of named fields laid out one after the other in one flat vector. A value: equal fields, equal spec.</summary>
public class VectorSpec : IEquatable<VectorSpec>
{
    private readonly Dictionary<string, int> _offsets = new(StringComparer.Ordinal);

    /// <summary>Lays the fields out in the given order.</summary>
    /// <exception cref="ArgumentException">Two fields share a name, or a field is empty or has its bounds reversed.</exception>
    public VectorSpec(params IEnumerable<FieldSpec> fields)
    {
        Fields = [.. fields];
        foreach (FieldSpec field in Fields)
        {
            if (field.Length < 1)
                throw new ArgumentException($"Field '{field.Name}' has length {field.Length}; it must have at least one value.");
            if (!(field.Minimum <= field.Maximum))
                throw new ArgumentException($"Field '{field.Name}' has minimum {field.Minimum} above maximum {field.Maximum}.");
            if (!_offsets.TryAdd(field.Name, Length)) throw new ArgumentException($"Two fields are called '{field.Name}'.");
            Length += field.Length;
        }
    }

    /// <summary>In layout order.</summary>
    public ImmutableArray<FieldSpec> Fields { get; }

    /// <summary>Values in one row.</summary>
    public int Length { get; }

    /// <summary>Where a field begins in the row.</summary>
    /// <exception cref="UnknownNameException">No field has this name.</exception>
    public int Offset(string name) =>
        _offsets.TryGetValue(name, out int offset) ? offset : throw new UnknownNameException("field", name, _offsets.Keys);

    /// <summary>Places in the row of some fields, ascending.</summary>
    /// <param name="names">Of fields, or the part of their names before a slash, e.g. <c>qpos</c>; none takes the whole row.</param>
    /// <param name="kind">What the fields are, for the message.</param>
    /// <exception cref="UnknownNameException">No field is called so.</exception>
    public int[] Places(IReadOnlyList<string> names, string kind = "field")
    {
        if (names.Count == 0) return [.. Enumerable.Range(0, Length)];
        foreach (string name in names)
            if (!Fields.Any(field => IsCalled(field, name)))
                throw new UnknownNameException(kind, name,
                    [.. Fields.Select(field => field.Name.Split('/')[0]).Concat(_offsets.Keys).Distinct()]);
        return [.. Fields.Where(field => names.Any(name => IsCalled(field, name)))
            .SelectMany(field => Enumerable.Range(_offsets[field.Name], field.Length))];
    }

    /// <summary>Whether a field of this name exists.</summary>
    public bool Contains(string name) => _offsets.ContainsKey(name);

    /// <summary>
    /// What a place of the row is called: the field's name, with an index where the field has several values, e.g. <c>hand/position[1]</c>.
    /// </summary>
    public string NameOf(int position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, Length);
        FieldSpec field = Fields.Last(field => _offsets[field.Name] <= position);
        return field.Length == 1 ? field.Name : $"{field.Name}[{position - _offsets[field.Name]}]";
    }

    /// <summary>Checks one row or several: length, finiteness and bounds.</summary>
    /// <exception cref="SpecMismatchException">Says which field of which row holds what.</exception>
    public void Validate(ReadOnlySpan<float> rows, float tolerance = 1e-6f)
    {
        if (Length == 0 || rows.Length % Length != 0)
            throw new SpecMismatchException("rows", $"a multiple of {Length} values", $"{rows.Length}");
        for (int start = 0; start < rows.Length; start += Length)
            foreach (FieldSpec field in Fields)
                for (int i = 0; i < field.Length; i++)
                {
                    float value = rows[start + _offsets[field.Name] + i];
                    if (!(value >= field.Minimum - tolerance && value <= field.Maximum + tolerance) || !float.IsFinite(value))
                        throw new SpecMismatchException($"{field.Name}[{i}] of row {start / Length}",
                            $"a finite value in [{field.Minimum}, {field.Maximum}]", $"{value}");
                }
    }

    /// <inheritdoc/>
    public bool Equals(VectorSpec? other) => other is not null && other.GetType() == GetType() && Fields.SequenceEqual(other.Fields);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VectorSpec);

    /// <inheritdoc/>
    public override int GetHashCode() => Fields.Aggregate(17, HashCode.Combine);

    private static bool IsCalled(FieldSpec field, string name) =>
        field.Name == name || field.Name.StartsWith($"{name}/", StringComparison.Ordinal);
}

/// <summary>
/// What an agent sees of one environment: numbers as one flat row, and beside them an image where there is
/// one. With an image there may be no numbers.
/// </summary>
public sealed class ObservationSpec(params IEnumerable<FieldSpec> fields) : VectorSpec(fields), IEquatable<ObservationSpec>
{
    /// <summary>The image beside the numbers, uint8 [H, W, C]; null if there is none.</summary>
    public ImageSpec? Image { get; init; }

    /// <summary>The same numbers without an image.</summary>
    public ObservationSpec WithoutImage() => Image is null ? this : new ObservationSpec(Fields);

    /// <inheritdoc/>
    public bool Equals(ObservationSpec? other) => base.Equals(other) && Image == other.Image;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ObservationSpec);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(base.GetHashCode(), Image);
}

/// <summary>What rewards, facts and measures may read of one environment, as one flat row. An agent never sees it.</summary>
public sealed class StateSpec(params IEnumerable<FieldSpec> fields) : VectorSpec(fields);
