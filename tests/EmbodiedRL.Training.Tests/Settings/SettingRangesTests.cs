using System.Collections;
using System.Reflection;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests.Settings;

public sealed class SettingRangesTests
{
    public static TheoryData<string> Records => [.. Found().Select(type => type.AssemblyQualifiedName!)];

    /// <summary>A setting without a range is one that somebody will ask a machine's whole memory with.</summary>
    [Theory]
    [MemberData(nameof(Records))]
    public void Every_setting_has_a_range_or_a_length(string record)
    {
        foreach (PropertyInfo property in SettingRanges.Properties(Type.GetType(record)!))
        {
            Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (type == typeof(bool) || type.IsEnum || SettingRanges.IsRecord(type)) continue;
            string name = $"{property.DeclaringType!.Name}.{property.Name}";
            if (typeof(IEnumerable).IsAssignableFrom(type))
                Assert.True(property.GetCustomAttribute<LengthAttribute>() is not null, $"{name} has no [Length]");
            if (type.IsPrimitive || ItemOf(type) is { IsPrimitive: true })
                Assert.True(property.GetCustomAttribute<RangeAttribute>() is not null, $"{name} has no [Range]");
        }
    }

    [Fact]
    public void Defaults_lie_within_their_ranges() => Assert.Empty(SettingRanges.Violations(new RunSettings()));

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(0.5, false)]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    [InlineData(double.NaN, false)]
    public void Zero_may_stand_for_something_beside_the_range(double value, bool allowed) =>
        Assert.Equal(allowed, new RangeAttribute(1, 1024) { Zero = "all cores" }.Allows(value));

    [Fact]
    public void Ranges_are_said_in_words()
    {
        Assert.Equal("0 (all cores) or 1 to 1024", $"{new RangeAttribute(1, 1024) { Zero = "all cores" }}");
        Assert.Equal("more than 0 and less than 1", $"{new RangeAttribute(0, 1) { IsAboveLeast = true, IsBelowMost = true }}");
    }

    private static string[] Kinds =>
        [
            PartKinds.RewardSource, PartKinds.RewardTransform, PartKinds.RewardCombinator, PartKinds.Algorithm,
            PartKinds.CompletionAlgorithm, PartKinds.Wrapper, PartKinds.Environment, PartKinds.ImageTextModel,
            PartKinds.LanguageModel, PartKinds.Listener, PartKinds.TextModel, PartKinds.VisualAnswerer
        ];

    private static HashSet<Type> Found()
    {
        var found = new HashSet<Type>();
        var waiting = new Queue<Type>([
            typeof(RunSettings),
            typeof(CaptioningSettings),
            typeof(SceneClipSettings),
            .. Kinds.SelectMany(kind => RunServices.Shipped.Of(kind).Entries).Select(entry => entry.Options)
        ]);
        while (waiting.TryDequeue(out Type? type))
        {
            if (!found.Add(type)) continue;
            foreach (Type inner in SettingRanges.Properties(type)
                .Select(property => ItemOf(property.PropertyType) ?? property.PropertyType))
                if (SettingRanges.IsRecord(inner)) waiting.Enqueue(inner);
        }

        return found;
    }

    private static Type? ItemOf(Type type) =>
        type.IsArray ? type.GetElementType()
            : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0]
            : null;
}
