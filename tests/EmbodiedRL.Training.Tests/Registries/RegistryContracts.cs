using System.Reflection;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests.Registries;

/// <summary>What holds for every registered part, whatever its kind.</summary>
public sealed class RegistryContracts
{
    private static readonly string[] Kinds =
    [
        PartKinds.RewardSource, PartKinds.RewardTransform, PartKinds.RewardCombinator, PartKinds.Algorithm, PartKinds.CompletionAlgorithm,
        PartKinds.Wrapper,
        PartKinds.Environment, PartKinds.ImageTextModel, PartKinds.LanguageModel, PartKinds.Listener,
        PartKinds.TextModel, PartKinds.VisualAnswerer,
    ];

    public static TheoryData<string, string> Parts
    {
        get
        {
            var parts = new TheoryData<string, string>();
            foreach (string kind in Kinds)
                foreach (string name in RunServices.Shipped.Of(kind).Names) parts.Add(kind, name);
            return parts;
        }
    }

    [Theory, MemberData(nameof(Parts))]
    public void A_part_has_a_summary_a_paper_or_a_reason_and_options_that_hold(string kind, string name)
    {
        RegistryEntry entry = RunServices.Shipped.Of(kind).Find(name);
        Assert.Equal(kind, RunServices.Shipped.Of(kind).Kind);
        Assert.True(entry.Summary.Length > 10 && !entry.Summary.EndsWith('.'), entry.Summary);
        Assert.True(entry.Part.IsDefined(typeof(PaperAttribute)) || entry.Part.IsDefined(typeof(NoPaperAttribute)),
            $"{entry.Part} names neither a paper nor why it has none.");
        string[] required = [.. SettingRanges.Properties(entry.Options).Where(option => option.IsDefined(typeof(RequiredAttribute)))
            .Select(SettingsMap.KeyOf)];
        Assert.Equal(required, entry.Defaults().Violations().Select(violation => violation.Split(':')[0]));
        Assert.All(SettingsTable.Rows(entry, DocumentationFiles.OfProgram, RunServices.Shipped),
            row => Assert.True(row.Meaning.Length > 5, $"{name}: {row.Key}"));
    }

    /// <summary>Written flat, read back equal.</summary>
    [Theory, MemberData(nameof(Parts))]
    public void A_parts_options_come_back_from_JSON(string kind, string name)
    {
        Options options = RunServices.Shipped.Of(kind).Find(name).Defaults();
        object? record = kind switch
        {
            PartKinds.RewardSource => new RewardTermSettings { Name = "a", Source = name, Options = options },
            PartKinds.RewardTransform => new TransformSettings { Name = name, Options = options },
            PartKinds.RewardCombinator => new RewardStackSettings { Combine = name, Options = options },
            PartKinds.Algorithm => new AgentSettings { Algorithm = name, Options = options },
            PartKinds.CompletionAlgorithm => new ReasoningSettings { Algorithm = name, Options = options },
            PartKinds.Wrapper => new WrapperSettings { Name = name, Options = options },
            PartKinds.Environment => new EnvironmentSettings { Name = name, Options = options },
            _ => null, // models are named by options of others and have none
        };
        if (record is null) return;
        string json = JsonSerializer.Serialize(record, record.GetType(), RunJson.Options);
        var holder = new List<string>();
        object back = Bind(record.GetType(), json, holder);
        Assert.Empty(holder);
        Assert.Equal(json, JsonSerializer.Serialize(back, back.GetType(), RunJson.Options));
        Assert.IsType(options.GetType(), PartSlot.Of(record.GetType())!.Options.GetValue(back));
    }

    /// <summary>Options stand beside the keys of the record that names the part, so they may not be called like one of those.</summary>
    [Theory]
    [InlineData(typeof(RewardTermSettings))]
    [InlineData(typeof(TransformSettings))]
    [InlineData(typeof(RewardStackSettings))]
    [InlineData(typeof(AgentSettings))]
    [InlineData(typeof(WrapperSettings))]
    [InlineData(typeof(EnvironmentSettings))]
    public void No_option_is_called_like_a_key_beside_it(Type record)
    {
        HashSet<string> keys = [.. SettingRanges.Properties(record).Select(SettingsMap.KeyOf)];
        foreach (RegistryEntry entry in RunServices.Shipped.Of(PartSlot.Of(record)!.Kind).Entries)
            foreach (PropertyInfo option in SettingRanges.Properties(entry.Options)) Assert.DoesNotContain(SettingsMap.KeyOf(option), keys);
    }

    [Fact]
    public void A_shipped_registry_takes_no_part_and_its_copy_does()
    {
        Registry<RewardContext, Core.Contracts.IRewardTransform> shipped = RunServices.Shipped.Rewards.Transforms;
        Assert.Contains("Copy()",
            Assert.Throws<InvalidOperationException>(() => shipped.Add("mine", "nothing", _ => new Rewards.Transforms.Center())).Message,
            StringComparison.Ordinal);
        Assert.True(shipped.Copy().Add("mine", "nothing", _ => new Rewards.Transforms.Center()).Contains("mine"));
        Assert.False(shipped.Contains("mine"));
    }

    [Theory]
    [InlineData("""{ "agent": { "normaliseObservations": true } }""", "agent:normaliseObservations", "'agent:normalizeObservations'")]
    [InlineData("""{ "env": { "randomise": {} } }""", "env:randomise", "'env:randomize'")]
    [InlineData("""{ "env": { "name": "colour-reacher" } }""", "env:name", "'color-reacher'")]
    [InlineData("""{ "env": { "wrappers": [ "normalise-observation" ] } }""", "env:wrappers:0:name", "mean 'normalize-observation'?")]
    [InlineData("""{ "reward": { "terms": [ { "name": "a", "source": "task", "transforms": [ "standardise" ] } ] } }""",
        "transforms:0:name", "mean 'standardize'?")]
    [InlineData("""
        { "reward": { "terms": [ { "name": "a", "source": "task", "transforms": [ { "name": "clip", "args": { "minimum": 0 } } ] } ] } }
        """, "transforms:0:args", "beside the name")]
    public void Old_keys_and_names_are_refused_with_the_new_one(string json, string key, string now)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["run.json"], json);
        SettingsException error = Assert.Throws<SettingsException>(() =>
            SettingsReader.Read(new SettingsSources { File = folder["run.json"] }, RunServices.Shipped, folder.Path));
        Assert.Contains(error.Violations,
            violation => violation.Contains(key, StringComparison.Ordinal) && violation.Contains(now, StringComparison.Ordinal));
    }

    private static object Bind(Type type, string json, List<string> violations)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        SettingsNode node = SettingsNode.Of(document.RootElement, "test", "", violations);
        if (node.Kind != JsonValueKind.String) return new SettingsBinder(violations, RunServices.Shipped).Record(type, node, "");
        SettingsNode whole = SettingsNode.Empty("test");
        whole.Members["name"] = node;
        return new SettingsBinder(violations, RunServices.Shipped).Record(type, whole, "");
    }
}
