using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Transforms;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;

namespace EmbodiedRL.Rewards.Tests.Transforms;

public sealed class PatternCalibrationTests
{
    private static readonly JsonElement Fixture = Expected("S68 flip, pattern, calibration");

    [Fact]
    public void The_pattern_reward_matches_a_second_implementation()
    {
        foreach (JsonElement entry in Fixture.GetProperty("pattern").EnumerateArray())
        {
            string[] words = entry.GetProperty("words").Deserialize<string[]>()!;
            double repetition = ReasoningPattern.Repetition(words, entry.GetProperty("n").GetInt32());
            Assert.Equal(entry.GetProperty("repetition").Number(), repetition, 1e-9);
            Assert.Equal(entry.GetProperty("value").Number(), ReasoningPattern.Reward(entry.GetProperty("phrases_present").GetInt32(), 20,
                repetition, entry.GetProperty("fake_turns").GetInt32()), 1e-9);
        }
    }

    /// <summary>A text that holds so many of five phrases has the fixture's pattern of a fifth for each.</summary>
    [Fact]
    public void Calibrated_scores_match_a_second_implementation()
    {
        string[] phrases = ["one", "two", "three", "four", "five"];
        var calibration = new PatternCalibration(new PatternCalibrationOptions { Phrases = phrases, FullCount = 5 });
        foreach (JsonElement entry in Fixture.GetProperty("calibrated").EnumerateArray())
        {
            int present = (int)Math.Round(entry.GetProperty("pattern").Number() * 5);
            Assert.Equal((float)entry.GetProperty("value").Number(), Calibrated(calibration, (float)entry.GetProperty("score").Number(),
                string.Join(", ", phrases[..present])), 1e-6f);
        }
    }

    [Fact]
    public void Phrases_count_once_as_whole_words_and_an_invented_turn_of_the_user_takes_all()
    {
        var calibration = new PatternCalibration(new PatternCalibrationOptions { Phrases = ["so", "wait"], FullCount = 2, Bonus = 0.2f });
        Assert.Equal(0.3f, Calibrated(calibration, 0.1f, "So it is, wait."), 1e-6f);
        Assert.Equal(0.2f, Calibrated(calibration, 0.1f, "so so so, also awaiting"), 1e-6f);
        Assert.Equal(0.1f, Calibrated(calibration, 0.1f, "so, wait\nUser: and now?"), 1e-6f);
        Assert.Equal(0.9f, Calibrated(calibration, 0.9f, "so, wait"), 1e-6f);
    }

    [Fact]
    public void It_needs_texts_and_phrases()
    {
        Assert.Throws<SpecMismatchException>(() => ApplyTo(Steps.Of(["-"]).Single(), new PatternCalibration(new()), [0]));
        Assert.NotEmpty(new PatternCalibrationOptions { Phrases = [] }.Violations());
        Assert.NotEmpty(new PatternCalibrationOptions { Phrases = ["so", ""] }.Violations());
    }

    private static float Calibrated(PatternCalibration calibration, float score, string text) =>
        ApplyTo(new CompletionBatch(["p"], 1, [text]), calibration, [score])[0];
}
