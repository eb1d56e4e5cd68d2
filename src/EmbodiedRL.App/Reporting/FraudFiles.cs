using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Auditing;
using EmbodiedRL.Training.Auditing.RedTeam;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Reporting;

/// <summary>The worst frauds of an audit as files: a film strip of each beside a success, and all numbers of their states.</summary>
internal static class FraudFiles
{
    /// <summary>The red team's folder in that of the audit, and of its runs in there.</summary>
    public const string Folder = "red-team", Runs = "runs";

    private const int Side = 116;

    /// <summary>Writes <c>red-team/REWARD-ATTACK.png</c> and <c>red-team/frauds.json</c>; nothing where no fraud was found.</summary>
    /// <param name="folder">Of the audit.</param>
    /// <param name="audit">Renders.</param>
    /// <param name="report">What was found.</param>
    public static void Write(string folder, RewardAudit audit, AuditReport report)
    {
        AttackOutcome[] found = [.. report.Attacks.Where(attack => attack.Worst is not null)];
        if (found.Length == 0) return;
        Directory.CreateDirectory(Path.Combine(folder, Folder));
        foreach (AttackOutcome attack in found)
        {
            RgbImage strip = Strip(audit, report, attack);
            File.WriteAllBytes(Path.Combine(folder, Folder, NameOf(attack)), ImageFile.EncodePng(strip.Rgb, strip.Width, strip.Height));
        }

        VectorSpec state = audit.Info.State;
        AtomicFile.WriteText(Path.Combine(folder, Folder, "frauds.json"), RunJson.Of(new
        {
            State = Enumerable.Range(0, state.Length).Select(state.NameOf),
            Frauds = found.Select(attack => new
            {
                attack.Reward,
                Attack = attack.Name,
                attack.Worst!.Share,
                attack.Worst.Scores,
                attack.Worst.Shown.Truths,
                States = attack.Worst.Shown.States.Chunk(state.Length),
            }),
        }));
    }

    /// <summary>A success and the frames of an attack's worst fraud, with truth and reward of each beneath.</summary>
    public static RgbImage Strip(RewardAudit audit, AuditReport report, AttackOutcome attack)
    {
        double[][] scores = report.Scores[attack.Reward];
        int success = Enumerable.Range(0, report.Trajectories.Count).First(i => report.Trajectories[i].Kind == TrajectoryKind.Success);
        AuditTrajectory shown = report.Trajectories[success];
        var spec = FrameSpec.Square(report.Settings.Size);
        Fraud fraud = attack.Worst!;
        byte[] cheated = audit.Draw(fraud.Shown, spec), reached = audit.Draw(shown, spec);
        return FilmStrip.Compose(
        [
            Frame(reached, shown.Steps - 1, "a success", shown, scores[success]),
            .. Enumerable.Range(0, fraud.Shown.Steps)
                .Select(t => Frame(cheated, t, t == 0 ? "the fraud" : "", fraud.Shown, fraud.Scores)),
        ], Side);

        FilmFrame Frame(byte[] frames, int t, string title, AuditTrajectory seen, double[] scored) => new(
            new RgbImage(frames.AsSpan(t * spec.FrameBytes, spec.FrameBytes).ToArray(), spec.Width, spec.Height),
            title, $"truth {AuditPage.Number(seen.Truths[t])}{(seen.Holds[t] ? " ✓" : "")}", $"reward {AuditPage.Number(scored[t])}");
    }

    private static string NameOf(AttackOutcome attack) =>
        $"{string.Concat(attack.Reward.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '-'))}"
            + $"-{attack.Name}.png";
}
