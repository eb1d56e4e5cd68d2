using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Rewards.Combinators;
using EmbodiedRL.Rewards.Exploration;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Rewards.Shaping;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Rewards.Transforms;
using EmbodiedRL.Rewards.Verifiers;

namespace EmbodiedRL.Rewards;

/// <summary>
/// Registries of all that a reward can be made of. A new part is one file and one line here; a part of one's own is added to a copy.
/// </summary>
public sealed record RewardRegistries
{
    /// <summary>The source that image-text rewards are named by.</summary>
    public const string GoalBaseline = "goal-baseline";

    /// <summary>The source that asks a vision-language model whether the goal is reached.</summary>
    public const string GoalAnswer = "goal-answer";

    /// <summary>The source of the hand-built reward.</summary>
    public const string Task = "task";

    /// <summary>The source of formulas.</summary>
    public const string Program = "program";

    /// <summary>Combinators that ask for weights above 0: a term that fades out would end the run.</summary>
    private static readonly string[] AboveZero = ["lexicographic", "logical-and", "signed-geometric-mean"];

    /// <summary>What the project comes with.</summary>
    public static RewardRegistries Shipped { get; } = new();

    /// <summary>Sources.</summary>
    public Registry<RewardContext, IReward> Sources { get; init; } = new Registry<RewardContext, IReward>(PartKinds.RewardSource)
        .Add<CaptionSimilarityOptions, CaptionSimilarityReward>("caption-similarity",
            "how near the best caption of a frame, out of a list, is to the goal's sentence", (options, run) =>
                new CaptionSimilarityReward(run.Term, run.Models(options.Model), options.GoalsIn(run), options.BaselinesIn(run),
                    options.Captions, run.Info, options.Reading(run.Time)))
        .Add<ClassificationOptions, ClassificationReward>("classification",
            "the probability that a frame shows the goal and none of several contrasts, to an image-text model", (options, run) =>
                new ClassificationReward(run.Term, run.Models(options.Model), options.GoalsIn(run), options.BaselinesIn(run), options,
                    run.Info, options.Reading(run.Time)))
        .Add<CosineOptions, CosineReward>("cosine", "the cosine of a frame and the goal's sentence, to an image-text model",
            (options, run) => new CosineReward(run.Term, run.Models(options.Model), options.GoalsIn(run), options.BaselinesIn(run),
                options.Reading(run.Time)))
        .Add<FollowUpLikelihoodOptions, FollowUpLikelihoodReward>("follow-up-likelihood",
            "how much likelier a pleased user is than a displeased one after a completion, to a language model",
            (options, run) => new FollowUpLikelihoodReward(run.Term, run.LanguageModel(options.Model), options))
        .Add<GoalAnswerOptions, GoalAnswerReward>(GoalAnswer,
            "the probability of yes, to a vision-language model that is asked of a frame whether the goal is reached",
            (options, run) => new GoalAnswerReward(run.Term, run.VisualAnswerer(options.Model), options.GoalIn(run), options, run.Info,
                options.CalibrationIn(run), options.Reading(run.Time)))
        .Add<GoalBaselineOptions, GoalBaselineReward>(GoalBaseline,
            "what an image-text model says of frames, between the sentence of the goal and that of a baseline",
            (options, run) => new GoalBaselineReward(run.Term, run.Models(options.Model), options.GoalsIn(run), options.BaselinesIn(run),
                options.Alpha, options.Reading(run.Time)))
        .Add<ListenerOptions, ListenerReward>("listener",
            "the probability of the right choice to a second model that reads a completion's reasoning without its answer",
            (options, run) => new ListenerReward(run.Term, run.Listener(options.Model), options))
        .Add<StepwisePerceptualOptions, StepwisePerceptualReward>("stepwise-perceptual",
            "how far along the steps of a few demonstrations a frame is, in the features of an image-text model",
            (options, run) => new StepwisePerceptualReward(run.Term, run.Models(options.Model),
                DemonstrationFrames.Read(Path.Combine(run.Folder, options.File)), options, options.Reading(run.Time)))
        .Add<SuccessDetectorOptions, SuccessDetectorReward>("success-detector",
            "whether a frame shows the goal or its miss, by a threshold or as a calibrated probability", (options, run) =>
                new SuccessDetectorReward(run.Term, run.Models(options.Model), options.GoalsIn(run), options.BaselinesIn(run), options,
                    run.Info, options.Reading(run.Time)))
        .Add(Task, "the environment's hand-built reward", run => new TaskReward(run.Term))
        .Add<PreferenceOptions, PreferenceReward>("preference",
            "an ensemble that learns from preferences between segments, of a teacher, a model or a person",
            (options, run) => new PreferenceReward(options, run))
        .Add<ProgressOptions, ProgressReward>("progress",
            "how far along a success a step is: an ensemble that learns the time fraction of successful episodes",
            (options, run) => new ProgressReward(options, run))
        .Add<SuccessClassifierOptions, SuccessClassifier>("success-classifier",
            "the calibrated probability of success: an ensemble that learns from labeled steps",
            (options, run) => new SuccessClassifier(options, run))
        .Add<ProgramOptions, ProgramReward>(Program, "a formula over named fields of state and action, in a file",
            (options, run) => new ProgramReward(run.Term, Path.Combine(run.Folder, options.File), run.RequiredInfo))
        .Add<CountOptions, CountBonus>("counts", "exploration: 1 / sqrt(N) of the visits to a cell of the state, over run or episode",
            (options, run) => new CountBonus(run.Term, options, run.RequiredInfo))
        .Add<EllipticalEpisodicOptions, EllipticalEpisodicBonus>("e3b",
            "exploration: elliptical distance of features from those of the same episode before",
            (options, run) => new EllipticalEpisodicBonus(run.Term, options, run.RequiredInfo))
        .Add<GlobalEpisodicOptions, GlobalEpisodicBonus>("global-episodic",
            "exploration: novelty in the run times novelty in the episode, for environments that change from episode to episode",
            (options, run) => new GlobalEpisodicBonus(run.Term, options, run.RequiredInfo))
        .Add<IntrinsicCuriosityOptions, IntrinsicCuriosity>("icm",
            "exploration: error of a model that predicts features of the next observation",
            (options, run) => new IntrinsicCuriosity(run.Term, options, run.RequiredInfo))
        .Add<NeverGiveUpOptions, NeverGiveUp>("ngu",
            "exploration: unfamiliarity among the observations of the episode, times novelty in the run within bounds",
            (options, run) => new NeverGiveUp(run.Term, options, run.RequiredInfo))
        .Add<NoveltyOptions, NoveltyBonus>("novelty",
            "exploration: mean distance of the observation to its nearest neighbors among those of the run",
            (options, run) => new NoveltyBonus(run.Term, options, run.RequiredInfo))
        .Add<RandomNetworkDistillationOptions, RandomNetworkDistillation>("rnd",
            "exploration: error of a network that predicts a fixed random one",
            (options, run) => new RandomNetworkDistillation(run.Term, options, run.RequiredInfo))
        .Add<ProgressAttributionOptions, ProgressAttributionReward>("progress-attribution",
            "what each step contributed to its episode's return, by an estimator fitted to finished episodes",
            (options, run) => new ProgressAttributionReward(run.Term, options, run.RequiredInfo))
        .Add<SubgoalTerminationOptions, SubgoalTerminationShaping>("subgoal-termination",
            "pays once per episode for each subgoal that a step achieves",
            (options, run) => new SubgoalTerminationShaping(run.Term, options, run.RequiredInfo))
        .Add<RoutedVerifierOptions, RoutedVerifier>("verifier",
            "how right an answer is, checked by the kind of its question, with its format as a term or a gate",
            (options, run) => new RoutedVerifier(run.Term, options, run.Checks))
        .Add<BrierCalibrationOptions, BrierCalibrationReward>("calibrated-answer",
            "whether an answer is right, less the squared error of the confidence it states",
            (options, run) => new BrierCalibrationReward(run.Term, options, run.Checks))
        .Add<CaptionCriticOptions, CaptionCriticReward>("caption-critic",
            "whether an answer is the one span of a caption that does not fit the picture, and format",
            (options, run) => new CaptionCriticReward(run.Term, options))
        .Add<CaptionReasonerOptions, CaptionReasonerReward>("caption-reasoner",
            "whether a text model that has not seen the picture answers right from a completion's caption",
            (options, run) => new CaptionReasonerReward(run.Term, options, run.TextModel(options.Model), run.Checks))
        .Add<CriterionDetectionOptions, CriterionDetectionReward>("criterion-detection",
            "format, recall and precision of boxes, by rules that become strict in mid-run",
            (options, run) => new CriterionDetectionReward(run.Term, options))
        .Add<CrossViewVotingOptions, CrossViewVotingReward>("cross-view-voting",
            "whether an answer is what most answers to another phrasing of its question say; reads no reference",
            (options, run) => new CrossViewVotingReward(run.Term, options))
        .Add<CurriculumRewardOptions, CurriculumReward>("curriculum-stages",
            "judging, choosing and answering, each by its rule, and format",
            (options, run) => new CurriculumReward(run.Term, options, run.Checks))
        .Add<DetectionOptions, DetectionReward>("detection", "IoU, stated confidence and format of boxes, or label and format",
            (options, run) => new DetectionReward(run.Term, options, run.Checks))
        .Add<DetectionMapOptions, DetectionMapReward>("detection-map",
            "average precision of boxes, less for surplus ones, or the IoU of one box, and format",
            (options, run) => new DetectionMapReward(run.Term, options))
        .Add<DynamicIouOptions, DynamicIouReward>("dynamic-iou", "IoU of boxes above a threshold that rises with the run",
            (options, run) => new DynamicIouReward(run.Term, options))
        .Add<ExemplarComparisonOptions, ExemplarComparisonReward>("exemplar-comparison",
            "a text model's grade of an answer beside a stronger model's, behind format and script",
            (options, run) => new ExemplarComparisonReward(run.Term, options, run.TextModel(options.Model)))
        .Add<QualityScoreOptions, QualityScoreReward>("image-quality",
            "a score of an image within a tolerance, or type and level of its degradation, and format",
            (options, run) => new QualityScoreReward(run.Term, options))
        .Add<InspectionOptions, InspectionReward>("inspection",
            "boxes, format, and looks at objects on which the completions of a question disagree",
            (options, run) => new InspectionReward(run.Term, options))
        .Add<MixedAnswerOptions, MixedAnswerReward>("mixed-answer",
            "each answer by the rule of its task, open-ended ones by their margin over the reference",
            (options, run) => new MixedAnswerReward(run.Term, options,
                options.Model.Length == 0 ? null : run.TextModel(options.Model), run.Checks))
        .Add<VisualPerceptionOptions, VisualPerceptionReward>("perception-facts",
            "the answer, its format, and the facts of the worked answer that a completion states, less repetition",
            (options, run) => new VisualPerceptionReward(run.Term, options,
                options.Model.Length == 0 ? null : run.TextModel(options.Model), run.Checks))
        .Add<RetrievalOptions, RetrievalReward>("retrieval",
            "a search agent's answer, the ranking of what it retrieved, and the pattern of its actions",
            (options, run) => new RetrievalReward(run.Term, options,
                options.Model.Length == 0 ? null : run.TextModel(options.Model), run.Checks))
        .Add<SceneGroundingOptions, SceneGroundingReward>("scene-grounding",
            "overlap of boxes in space, likeness of their labels, and format", (options, run) =>
                new SceneGroundingReward(run.Term, options, options.Model.Length == 0 ? null : run.Models(options.Model)))
        .Add<ToolCallOptions, ToolCallReward>("tool-calls", "names, parameters and values of calls of tools, graded, and format",
            (options, run) => new ToolCallReward(run.Term, options))
        .Add<TrustThinkingOptions, TrustThinkingReward>("trusted-thinking",
            "the answer, and a text model's score of the reasoning as far as it prefers right answers",
            (options, run) => new TrustThinkingReward(run.Term, options, run.TextModel(options.Model), run.Checks))
        .Seal();

    /// <summary>Transforms.</summary>
    public Registry<RewardContext, IRewardTransform> Transforms { get; init; } =
        new Registry<RewardContext, IRewardTransform>(PartKinds.RewardTransform)
        .Add<StandardizeOptions, Standardize>("standardize",
            "subtracts the mean and divides by the standard deviation, of the run so far, the batch or the group",
            (options, _) => new Standardize(options))
        .Add("center", "subtracts the running mean", _ => new Center())
        .Add<CenteredSigmoidOptions, CenteredSigmoid>("centered-sigmoid",
            "the probability of being preferred to references: the mean of sigmoid(score - reference)",
            (options, _) => new CenteredSigmoid(options))
        .Add<ClipOptions, Clip>("clip", "keeps scores between two bounds", (options, _) => new Clip(options))
        .Add<ClipDeltaOptions, ClipDelta>("clip-delta",
            "process scores clipped from above and turned into differences, so that further steps earn nothing",
            (options, _) => new ClipDelta(options))
        .Add<ConformalThresholdOptions, ConformalThreshold>("conformal-threshold",
            "rewards scores above a threshold that at most a given share of known failures passes",
            (options, _) => new ConformalThreshold(options))
        .Add<GroupFlipOptions, GroupFlip>("group-flip", "flips all scores of a group with a probability: noise for experiments",
            (options, _) => new GroupFlip(options))
        .Add("hold", "gives rows without a score the last one of their episode", _ => new Hold())
        .Add<HysteresisOptions, Hysteresis>("hysteresis", "switches on at a high score and off at a low one",
            (options, _) => new Hysteresis(options))
        .Add("interpolate", "gives rows without a score the value on the line between those before and after", _ => new Interpolate())
        .Add<LogSigmoidCenteredOptions, LogSigmoidCentered>("log-sigmoid-centered",
            "log sigmoid(score - reference), which pays little beyond the reference", (options, _) => new LogSigmoidCentered(options))
        .Add<NoiseRobustOptions, NoiseRobust>("noise-robust", "an unbiased estimate of a reward of 0 or 1 that is flipped at known rates",
            (options, _) => new NoiseRobust(options))
        .Add<PatternCalibrationOptions, PatternCalibration>("pattern-calibration",
            "raises low scores of answers whose text shows reasoning, to repair a judge that misses right ones",
            (options, _) => new PatternCalibration(options))
        .Add<PotentialShapingOptions, PotentialShaping>("potential-shaping",
            "pays discount times a potential less the one before it, 0 being a terminal state's: shaping that keeps optimal policies",
            (options, run) => new PotentialShaping(options.With(run.Discount)))
        .Add<RankOptions, Rank>("rank", "replaces scores by their rank within the group or batch, from -1 to 1",
            (options, _) => new Rank(options))
        .Add<RateLimitOptions, RateLimit>("rate-limit", "follows scores by at most so much at a step",
            (options, _) => new RateLimit(options))
        .Add<ScaleOptions, Scale>("scale", "multiplies by a factor and adds an offset", (options, _) => new Scale(options))
        .Add<ShuffleOptions, Shuffle>("shuffle", "deals scores out anew among the rows of a batch: the control of a reward",
            (options, _) => new Shuffle(options))
        .Add<TemporalDifferenceOptions, TemporalDifference>("temporal-difference",
            "pays a score less the one before it in its episode", (options, _) => new TemporalDifference(options))
        .Seal();

    /// <summary>Combinators.</summary>
    public Registry<RewardContext, IRewardCombinator> Combinators { get; init; } =
        new Registry<RewardContext, IRewardCombinator>(PartKinds.RewardCombinator)
        .Add("sum", "adds weight times score", _ => new WeightedSum())
        .Add<DecisionHierarchyOptions, DecisionHierarchy>("decision-hierarchy",
            "compares rows by the first term, in order, that tells them apart by a margin; pays the share won less the share lost",
            (options, _) => new DecisionHierarchy(options))
        .Add<GateOptions, Gate>("gate", "the weighted sum where one term reaches a threshold, a constant elsewhere",
            (options, _) => new Gate(options))
        .Add("harmonic-mean", "weighted harmonic mean, which the smallest score rules", _ => new HarmonicMean())
        .Add<LexicographicOptions, Lexicographic>("lexicographic", "a term counts only where all before it reach their thresholds",
            (options, _) => new Lexicographic(options))
        .Add<LogicalAndOptions, LogicalAnd>("logical-and", "adds weight times log sigmoid(score - reference)",
            (options, _) => new LogicalAnd(options))
        .Add<ParetoOptions, Pareto>("pareto", "1 less the share of other rows that are better in every term",
            (options, _) => new Pareto(options))
        .Add("product", "multiplies the scores, each raised to its weight", _ => new Product())
        .Add<RouteProgressOptions, RouteProgress>("route-progress",
            "growth of a completion times factors in [0, 1], less a penalty at the end", (options, _) => new RouteProgress(options))
        .Add("signed-geometric-mean", "geometric mean of the scores' sizes, positive only where all scores are",
            _ => new SignedGeometricMean())
        .Seal();

    /// <summary>The same parts in registries that take more.</summary>
    public RewardRegistries Copy() => new() { Sources = Sources.Copy(), Transforms = Transforms.Copy(), Combinators = Combinators.Copy() };

    /// <summary>Whether a source is a goal-conditioned reward, which an image-text model computes.</summary>
    /// <param name="source">Its name; one that is not known is none.</param>
    public bool ReadsGoal(string source) => Sources.Contains(source) && Sources.Find(source).Part.IsAssignableTo(typeof(IGoalReward));

    /// <summary>Whether a source passes the environment's hand-built reward on.</summary>
    /// <param name="source">Its name; one that is not known is none.</param>
    public bool ReadsTask(string source) => Sources.Contains(source) && Sources.Find(source).Part.IsAssignableTo(typeof(TaskReward));

    /// <summary>The terms that score what a run collects; those that only score the other are left to runs of that kind.</summary>
    /// <param name="settings">The block.</param>
    /// <param name="ofCompletions">Whether the run collects completions, and not trajectories of bodies.</param>
    public IEnumerable<RewardTermSettings> TermsOf(RewardStackSettings settings, bool ofCompletions) =>
        settings.Terms.Where(term => Scores(term.Source, ofCompletions));

    /// <summary>Whether a source scores what a run collects.</summary>
    /// <param name="source">Its name; one that is not known is taken to.</param>
    /// <param name="ofCompletions">Whether the run collects completions, and not trajectories of bodies.</param>
    public bool Scores(string source, bool ofCompletions) => !Sources.Contains(source)
        || !Sources.Find(source).Part.IsAssignableTo(ofCompletions ? typeof(ITrajectoryReward) : typeof(ICompletionReward));

    /// <summary>Everything that can be found wrong without making anything, as <c>key: expected, found</c>.</summary>
    public IEnumerable<string> Violations(RewardStackSettings settings)
    {
        foreach (string violation in SettingRanges.Violations(settings, "reward")) yield return violation;
        if (Wrong(Combinators, settings.Combine) is { } combine) yield return $"reward:combine: {combine}";
        if (settings.Device.Length > 0 && DeviceName.Violation("reward:device", settings.Device) is { } device) yield return device;
        if (PrecisionName.Violation("reward:precision", settings.Precision) is { } precision) yield return precision;
        if (settings.Terms.Length == 0) yield return "reward:terms: expected at least one term, found none.";
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < settings.Terms.Length; i++)
        {
            RewardTermSettings term = settings.Terms[i];
            string key = $"reward:terms:{i}";
            if (!IsName(term.Name)) yield return $"{key}:name: expected letters, digits, '-' and '_', found '{term.Name}'.";
            else if (!names.Add(term.Name)) yield return $"{key}:name: expected a name of its own, found a second '{term.Name}'.";
            if (term.Source.Length == 0) yield return $"{key}:source: expected one of {string.Join(", ", Sources.Names)}, found nothing.";
            else if (Wrong(Sources, term.Source) is { } source) yield return $"{key}:source: {source}";
            else if (term.Options is null)
                foreach (string violation in Sources.Find(term.Source).Defaults().Violations()) yield return $"{key}:{violation}";
            if (term.Distill.Violation($"{key}:distill") is { } distill) yield return distill;
            foreach (string violation in term.Schedule.Violations($"{key}:schedule")) yield return violation;
            if (term.Schedule.ReachesZero && AboveZero.Contains(settings.Combine))
                yield return $"{key}:schedule: expected initial and final above 0 under the combinator '{settings.Combine}', found 0.";
            for (int k = 0; k < term.Transforms.Length; k++)
                if (Wrong(Transforms, term.Transforms[k].Name) is { } transform) yield return $"{key}:transforms:{k}:name: {transform}";
        }
    }

    /// <summary>Makes the reward that settings describe.</summary>
    /// <param name="settings">The block may serve bodies and completions: terms that only score the other are left out.</param>
    /// <param name="context">What the run lends, and what its batches hold.</param>
    /// <returns>The caller disposes it; models stay with the context's owner.</returns>
    /// <exception cref="SettingsException">A value cannot be used; lists all.</exception>
    /// <exception cref="SpecMismatchException">A term reads what the run cannot supply.</exception>
    public RewardStack Build(RewardStackSettings settings, RewardContext context)
    {
        string[] violations = [.. Violations(settings)];
        if (violations.Length > 0) throw new SettingsException("settings", violations);
        RewardTermSettings[] own = [.. TermsOf(settings, context.OfCompletions)];
        if (own.Length == 0)
            throw new SettingsException("settings", [$"reward:terms: expected a term that scores {context.Collected}, found only "
                + $"{string.Join(", ", settings.Terms.Select(term => $"{term.Name} ({term.Source})"))}."]);
        var terms = new List<RewardTerm>();
        try
        {
            foreach (RewardTermSettings term in own) terms.Add(BuildTerm(term, context with { Term = term.Name }));
            return new RewardStack(terms, context.Available,
                Combinators.Create(settings.Combine, settings.Options, context), context.Subject);
        }
        catch (EmbodiedException)
        {
            foreach (RewardTerm term in terms) term.Dispose();
            throw;
        }
    }

    /// <summary>Makes one goal-conditioned source, to try sentences out with: what <c>score</c>, <c>view</c> and model cards ask.</summary>
    /// <param name="options">The source's own; null takes its defaults.</param>
    /// <param name="context">Lends the model; its goals may be replaced at every call.</param>
    /// <param name="source">Its name.</param>
    /// <returns>The caller disposes it; the model stays with the context's owner.</returns>
    /// <exception cref="SettingsException">There is no such source, or it scores by no sentence, or a value cannot be used.</exception>
    public IGoalReward BuildGoal(Options? options, RewardContext context, string source = GoalBaseline)
    {
        if (context.Term.Length == 0) context = context with { Term = source };
        IReward made = Sources.Create(source, options, context);
        if (made is IGoalReward goal) return goal;
        made.Dispose();
        throw new SettingsException("reward", [$"expected a source that scores by a sentence, found '{source}'."]);
    }

    private RewardTerm BuildTerm(RewardTermSettings settings, RewardContext context)
    {
        IRewardTransform[] transforms =
            Array.ConvertAll(settings.Transforms, transform => Transforms.Create(transform.Name, transform.Options, context));
        RewardContext lent = context with { Teachers = name => Sources.Create(name, null, context) };
        IReward source = Sources.Create(settings.Source, settings.Options, lent);
        return new RewardTerm(settings.Distill.Student == DistillSettings.None ? source : Distilled(source, settings.Distill, context),
            transforms, settings.Weight, settings.Schedule);
    }

    private static DistilledReward Distilled(IReward source, DistillSettings settings, RewardContext context)
    {
        try
        {
            return new DistilledReward(source, settings, settings.Student switch
            {
                DistillSettings.State => context.RequiredInfo.State,
                DistillSettings.Observation => context.RequiredInfo.Observations,
                _ => null,
            });
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static string? Wrong(IRegistry registry, string name) =>
        registry.Contains(name) ? null : new UnknownNameException(registry.Kind, name, registry.Names).Message;

    private static bool IsName(string name) =>
        name.Length > 0 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');
}
