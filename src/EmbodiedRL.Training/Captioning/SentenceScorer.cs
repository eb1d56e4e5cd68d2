using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Scores images of one environment by sentences, through the goal-baseline reward that would train on them.</summary>
/// <remarks>Owns its rewards; the model is lent. Every image is encoded once, whatever the number of sentences.</remarks>
internal sealed class SentenceScorer : IDisposable
{
    private const int ImagesAtOnce = 128;

    private readonly Func<Options?, IGoalReward> _make;
    private readonly Dictionary<int, IGoalReward> _larger = []; // by scale, for images that the model resizes
    private readonly IGoalReward _reward;

    /// <summary>Makes the reward, with its defaults.</summary>
    /// <param name="rewards">Where it is registered.</param>
    /// <param name="model">Lent.</param>
    /// <param name="info">Of the environment.</param>
    /// <param name="sentences">The first that the model can tell from the baseline becomes the reward's own goal.</param>
    /// <exception cref="SettingsException">The model cannot tell any from the baseline.</exception>
    public SentenceScorer(RewardRegistries rewards, IImageTextModel model, EnvironmentInfo info, IEnumerable<string> sentences)
    {
        EmbodiedException? refused = null;
        foreach (string sentence in sentences)
        {
            try
            {
                var context = new RewardContext { Info = info, Goals = [sentence], Baselines = [info.Baseline], Models = _ => model };
                _make = options => rewards.BuildGoal(options, context);
                _reward = _make(null);
                return;
            }
            catch (EmbodiedException error) when (error is SettingsException or SpecMismatchException)
            {
                refused = error;
            }
        }

        throw refused ?? new SettingsException("--envs", [$"nothing can be said of {info.Name}."]);
    }

    /// <summary>Whether the model can read a sentence: it has words, and not too many.</summary>
    public bool CanRead(string sentence)
    {
        try
        {
            _ = _reward.Violation(sentence);
            return true;
        }
        catch (SpecMismatchException)
        {
            return false;
        }
    }

    /// <summary>Scores all states under a condition.</summary>
    /// <param name="images">Of N states.</param>
    /// <param name="condition">How they look.</param>
    /// <param name="count">N.</param>
    /// <param name="sentences">G sentences that the model can read.</param>
    /// <param name="cancel">Asked before every batch.</param>
    /// <returns>[G][N]; all zero where the model cannot tell a sentence from the baseline.</returns>
    public double[][] Score(MeasuredImages images, ImageCondition condition, int count, IReadOnlyList<string> sentences,
        CancellationToken cancel)
    {
        double[][] scores = [.. sentences.Select(_ => new double[count])];
        for (int first = 0; first < count; first += ImagesAtOnce)
        {
            cancel.ThrowIfCancellationRequested();
            IGoalReward reward = RewardOf(condition.Scale);
            var frames = new FrameBatch(reward.Spec.Frames!.Value, Math.Min(ImagesAtOnce, count - first));
            images.Render(condition, first, frames.Pixels);
            double[][] some = GoalCheck.Score(reward, frames, sentences, cancel);
            for (int i = 0; i < some.Length; i++) some[i].CopyTo(scores[i], first);
        }

        return scores;
    }

    /// <summary>Scores pictures from elsewhere.</summary>
    /// <param name="pictures">uint8 [N, H, W, 3], of the model's size.</param>
    /// <param name="sentences">G sentences that the model can read.</param>
    /// <returns>[G][N].</returns>
    public double[][] Score(byte[] pictures, IReadOnlyList<string> sentences)
    {
        var frames = new FrameBatch(_reward.Spec.Frames!.Value, pictures.Length / _reward.Spec.Frames.Value.FrameBytes);
        pictures.CopyTo(frames.Pixels);
        return GoalCheck.Score(_reward, frames, sentences);
    }

    /// <summary>Frees the rewards.</summary>
    public void Dispose()
    {
        _reward.Dispose();
        foreach (IGoalReward reward in _larger.Values) reward.Dispose();
    }

    private IGoalReward RewardOf(int scale)
    {
        if (scale == 1) return _reward;
        if (_larger.TryGetValue(scale, out IGoalReward? known)) return known;
        FrameSpec own = _reward.Spec.Frames!.Value;
        return _larger[scale] = _make(new GoalBaselineOptions { Width = own.Width * scale, Height = own.Height * scale });
    }
}
