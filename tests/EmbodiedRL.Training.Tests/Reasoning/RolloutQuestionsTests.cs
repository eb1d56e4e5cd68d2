using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Rewards.Verifiers.Parsing;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Demonstrations;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Reasoning;

namespace EmbodiedRL.Training.Tests.Reasoning;

/// <summary>That rollouts of a body become questions with right answers, read back as they were written.</summary>
public sealed class RolloutQuestionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Questions_of_an_experts_episodes_are_read_back_with_pictures_and_exact_answers()
    {
        using IVectorEnvironment cartpole = RunServices.Shipped.Environment("cartpole", 1, 1);
        EnvironmentInfo info = cartpole.Info;
        var recording = new DemonstrationRecording(cartpole, new ExpertPolicy(cartpole)) { FrameSize = 32, Seed = 3 };
        DemonstrationEpisode[] episodes = [.. recording.Play(2, TestContext.Current.CancellationToken)];
        string path = _folder["swings.jsonl"];
        IReadOnlyDictionary<string, int> counts = Write(info, episodes, path);
        Assert.Equal((100, 100), (counts["state"], counts["goal"]));

        var file = new QuestionFile(path);
        Assert.Equal(200, file.Questions.Count);
        ILookup<string, float[]> shown = StatesByPicture(info, episodes);
        var facts = info.Facts.Where(fact => fact.IsVisible).ToDictionary(GoalQuestion.Of, StringComparer.Ordinal);
        foreach (Question question in file.Questions)
        {
            RgbImage image = Assert.Single(question.Images);
            Assert.Equal((32, 32), (image.Width, image.Height));
            var worked = new ParsedCompletion(question.WorkedAnswer!);
            Assert.Equal(question.Reference, worked.Answer.Value);
            float[][] states = [.. shown[Convert.ToHexString(image.Rgb)]];
            if (question.Kind == "goal")
            {
                SuccessMeasure measure = info.Measures.Single(one => one.Name == facts[question.Prompt].Measure);
                Assert.Contains(states, state => measure.Holds(state) > 0 == (question.Reference == "yes"));
            }
            else
            {
                Fact said = info.Facts.Single(fact => GoalQuestion.Say(fact) == question.Reference
                    && question.Prompt.StartsWith($"Is the {fact.Subject} ", StringComparison.Ordinal));
                Assert.Contains(states, state => said.Truth(state) >= 0.75f);
            }
        }

        int yes = file.Questions.Count(question => question is { Kind: "goal", Reference: "yes" });
        Assert.InRange(yes, 30, 70);
    }

    [Fact]
    public void Equal_seeds_give_equal_files_and_long_recordings_keep_a_limited_number_of_states()
    {
        using IVectorEnvironment cartpole = RunServices.Shipped.Environment("cartpole", 1, 1);
        EnvironmentInfo info = cartpole.Info;
        DemonstrationEpisode[] episodes = [.. new DemonstrationRecording(cartpole, new ExpertPolicy(cartpole)) { FrameSize = 16 }
            .Play(1, TestContext.Current.CancellationToken)];
        Write(info, episodes, _folder["a/one.jsonl"]);
        Write(info, episodes, _folder["b/one.jsonl"]);
        Assert.Equal(File.ReadAllBytes(_folder["a/one.jsonl"]), File.ReadAllBytes(_folder["b/one.jsonl"]));
        var many = new RolloutQuestions(info, 1);
        for (int i = 0; i <= RolloutQuestions.MostStates / episodes[0].Steps; i++) many.Add(episodes[0]);
        many.Write(_folder["c/one.jsonl"], 20);
        Assert.All(Directory.GetFiles(_folder["c/one"]).Select(file => int.Parse(Path.GetFileNameWithoutExtension(file),
            System.Globalization.CultureInfo.InvariantCulture)), row => Assert.InRange(row, 0, RolloutQuestions.MostStates - 1));
    }

    [Fact]
    public void Episodes_without_frames_or_of_one_outcome_are_refused()
    {
        using IVectorEnvironment cartpole = RunServices.Shipped.Environment("cartpole", 1, 1);
        EnvironmentInfo info = cartpole.Info;
        var policy = new RandomPolicy(info.Actions);
        DemonstrationEpisode blind = new DemonstrationRecording(cartpole, policy).Play(1, TestContext.Current.CancellationToken).First();
        Assert.Contains("without", Assert.Throws<SpecMismatchException>(() => new RolloutQuestions(info, 1).Add(blind)).Message,
            StringComparison.Ordinal);
        Assert.Contains("none such in 0 states", Assert.Throws<SettingsException>(() =>
            new RolloutQuestions(info, 1).Write(_folder["x.jsonl"], 5)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["x.jsonl"]));
    }

    private static IReadOnlyDictionary<string, int> Write(EnvironmentInfo info, DemonstrationEpisode[] episodes, string path)
    {
        var questions = new RolloutQuestions(info, 7);
        foreach (DemonstrationEpisode episode in episodes) questions.Add(episode);
        return questions.Write(path, 200);
    }

    private ILookup<string, float[]> StatesByPicture(EnvironmentInfo info, DemonstrationEpisode[] episodes)
    {
        var shown = new List<(string Picture, float[] State)>();
        string png = _folder["frame.png"];
        int length = info.State.Length;
        foreach (DemonstrationEpisode episode in episodes)
            for (int step = 0; step < episode.Steps; step++)
            {
                File.WriteAllBytes(png, episode.Frames![step]);
                shown.Add((Convert.ToHexString(ImageFile.ReadRgb(png).Rgb), episode.States[(step * length)..((step + 1) * length)]));
            }

        return shown.ToLookup(one => one.Picture, one => one.State);
    }
}
