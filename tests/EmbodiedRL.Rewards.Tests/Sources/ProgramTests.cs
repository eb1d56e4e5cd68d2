using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Programs;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Rewards.Tests.Sources;

public sealed class ProgramContract : RewardContract, IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public ProgramContract() => File.WriteAllText(_file, "point_position > 0.5 ? double.NaN : Math.Cos(point_velocity) - 0.1 * push");

    public void Dispose() => File.Delete(_file);

    protected override IReward Create() => new ProgramReward("formula", _file, FastEnv.Describe());
}

public sealed class ProgramTests
{
    private static readonly EnvironmentInfo Info = FastEnv.Describe() with
    {
        State = new StateSpec(new FieldSpec("pole/angle"), new FieldSpec("joint/angles", 3), new FieldSpec("push"), new FieldSpec("base")),
    };

    [Theory]
    [InlineData("pole_angle", 1)]
    [InlineData("joint_angles[2] * 10", 40)]
    [InlineData("push + 100 * action_push", 705)]
    [InlineData("base_", 6)]
    [InlineData("1 / 2", 0.5)]
    [InlineData("7 % 4 == 3 && !(1 >= 2) || false ? -1 : +1", -1)]
    [InlineData("Math.Max(Math.PI, 3) > 3.1 ? 1e1 : 0", 10)]
    [InlineData("// how upright\nMath.Abs(\n  -pole_angle /* rad */) // done", 1)]
    public void A_formula_is_worth_what_it_says(string text, double expected)
    {
        using RewardProgram program = RewardProgram.Compile(text, "test", Info);
        float[] rewards = new float[2];
        program.Score([0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6], [0, 7], rewards);
        Assert.Equal(expected, rewards[1], 1e-6);
    }

    [Theory]
    [InlineData("pole_angel", 1, 1, "'pole_angle'")]
    [InlineData("1 +\n  nothing", 2, 3, "Known: action_push, base_, joint_angles, pole_angle, push")]
    [InlineData("joint_angles", 1, 1, "joint_angles[0]")]
    [InlineData("1 + joint_angles[3]", 1, 5, "from 0 to 2")]
    [InlineData("joint_angles[push]", 1, 1, "from 0 to 2")]
    [InlineData("Math.Cosine(1)", 1, 6, "Math function 'Cosine'")]
    [InlineData("System.IO.File.ReadAllText(\"x\")", 1, 1, "only Math functions")]
    [InlineData("new object()", 1, 1, "not allowed")]
    [InlineData("push = 3", 1, 1, "not allowed")]
    [InlineData("push++", 1, 1, "not allowed")]
    [InlineData("((System.Func<double>)(() => 1))()", 1, 1, "only Math functions")]
    [InlineData("typeof(int)", 1, 1, "not allowed")]
    [InlineData("double.MaxValue", 1, 1, "Known: Math.PI")]
    [InlineData("0x10", 1, 1, "plainly")]
    [InlineData("1 + (2", 1, 7, ")")]
    [InlineData("1; System.Environment.Exit(1)", 1, 2, "one expression")]
    [InlineData("2 * 3 + (1 > push)", 1, 1, "bool")]
    [InlineData("Math.Cos(1, 2) + 1", 1, 6, "Cos")]
    [InlineData("", 1, 1, "")]
    [InlineData("#if true\n1\n#endif", 1, 1, "#")]
    public void What_is_wrong_is_said_with_file_line_and_column(string text, int line, int column, string hint)
    {
        var error = Assert.Throws<SettingsException>(() => RewardProgram.Compile(text, "alive.reward.cs", Info));
        Assert.StartsWith("alive.reward.cs", error.Message, StringComparison.Ordinal);
        Assert.Contains($"line {line}, column {column}:", error.Message, StringComparison.Ordinal);
        Assert.Contains(hint, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_clamp_the_wrong_way_round_is_refused_before_a_run_begins_or_told_in_words()
    {
        Assert.Contains("Math.Clamp",
            Assert.Throws<SettingsException>(() => RewardProgram.Compile("Math.Clamp(push, 2, 0)", "alive.reward.cs", Info)).Message,
            StringComparison.Ordinal);
        using RewardProgram program = RewardProgram.Compile("Math.Clamp(1, 0, push)", "alive.reward.cs", Info);
        float[] rewards = new float[1];
        program.Score([0, 0, 0, 0, 5, 0], [0], rewards);
        Assert.Equal(1, rewards[0]);
        SettingsException error = Assert.Throws<SettingsException>(() => program.Score([0, 0, 0, 0, -5, 0], [0], rewards));
        Assert.StartsWith("alive.reward.cs: expected a Math.Clamp", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Endless =>
    [
        new string('(', 500_000), new string('(', 5_000) + "1" + new string(')', 5_000),
        string.Concat(Enumerable.Repeat("- ", 7_500)) + "1", "1" + string.Concat(Enumerable.Repeat("+1", 9_000)),
        string.Concat(Enumerable.Repeat("push>0?1:", 1_500)) + "1",
        string.Concat(Enumerable.Repeat("Math.Max(1,", 1_500)) + "1" + new string(')', 1_500),
    ];

    [Theory(DisableDiscoveryEnumeration = true)]
    [MemberData(nameof(Endless))]
    public void What_would_end_the_parser_is_refused(string text) =>
        Assert.Throws<SettingsException>(() => RewardProgram.Compile(text, "alive.reward.cs", Info));

    [Fact]
    public void It_reads_only_the_blocks_it_names()
    {
        Assert.Equal(BatchFields.States, Reads("pole_angle"));
        Assert.Equal(BatchFields.Actions, Reads("action_push"));
        Assert.Equal(BatchFields.States | BatchFields.Actions, Reads("pole_angle * action_push"));
        Assert.Equal(BatchFields.None, Reads("1"));
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        var error = Assert.Throws<AssetMissingException>(() => new ProgramReward("alive", "no/such/alive.reward.cs", Info));
        Assert.Contains("no/such/alive.reward.cs", error.Message, StringComparison.Ordinal);
    }

    private static BatchFields Reads(string text)
    {
        using RewardProgram program = RewardProgram.Compile(text, "test", Info);
        return program.Reads;
    }
}
