using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Core.Tests;

public sealed class SpecTests
{
    private static readonly ObservationSpec Spec = new(new FieldSpec("a", 2, -1, 1), new FieldSpec("b", 1, 0, 5, "m"));

    [Fact]
    public void Fields_lie_one_after_the_other()
    {
        Assert.Equal(3, Spec.Length);
        Assert.Equal(0, Spec.Offset("a"));
        Assert.Equal(2, Spec.Offset("b"));
    }

    [Fact]
    public void Equal_fields_make_equal_specs()
    {
        Assert.Equal(Spec, new ObservationSpec(new FieldSpec("a", 2, -1, 1), new FieldSpec("b", 1, 0, 5, "m")));
        Assert.NotEqual(Spec, new ObservationSpec(new FieldSpec("a", 2, -1, 1)));
    }

    [Theory]
    [InlineData(0f, 2f, 0f, "a[1]")]
    [InlineData(0f, 0f, -1f, "b[0]")]
    [InlineData(float.NaN, 0f, 0f, "a[0]")]
    public void A_value_outside_its_bounds_is_named(float first, float second, float third, string place)
    {
        var error = Assert.Throws<SpecMismatchException>(() => Spec.Validate([first, second, third]));
        Assert.Contains(place, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_field_offers_the_nearest()
    {
        var spec = new StateSpec(new FieldSpec("pole/angle"), new FieldSpec("cart/position"));
        var error = Assert.Throws<UnknownNameException>(() => spec.Offset("pole/angel"));
        Assert.Contains("'pole/angle'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_fields_of_one_name_are_refused() =>
        Assert.Throws<ArgumentException>(() => new StateSpec(new FieldSpec("x"), new FieldSpec("x")));

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "abc", 0)]
    public void Edits_are_counted(string from, string to, int edits) => Assert.Equal(edits, NearestNames.Edits(from, to));

    [Fact]
    public void Every_place_of_a_row_has_a_name()
    {
        var spec = new VectorSpec(new FieldSpec("angle"), new FieldSpec("hand/position", 2), new FieldSpec("speed"));
        Assert.Equal(["angle", "hand/position[0]", "hand/position[1]", "speed"], Enumerable.Range(0, spec.Length).Select(spec.NameOf));
        Assert.Throws<ArgumentOutOfRangeException>(() => spec.NameOf(4));
    }

    [Fact]
    public void Places_are_those_of_fields_or_of_groups_of_fields()
    {
        var spec = new VectorSpec(new FieldSpec("qpos/x"), new FieldSpec("qpos/turn", 2), new FieldSpec("qposes"), new FieldSpec("qvel/x"));
        Assert.Equal([0, 1, 2, 3, 4], spec.Places([]));
        Assert.Equal([0, 1, 2], spec.Places(["qpos"]));
        Assert.Equal([1, 2, 4], spec.Places(["qvel/x", "qpos/turn"]));
        Assert.Contains("'qpox'", Assert.Throws<UnknownNameException>(() => spec.Places(["qpox"])).Message, StringComparison.Ordinal);
    }
}
