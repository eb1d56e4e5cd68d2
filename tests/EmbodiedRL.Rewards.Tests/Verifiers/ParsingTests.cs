using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Tests.Verifiers;

public sealed class ParsingTests
{
    [Theory]
    [InlineData("<think>a</think><answer> 3 </answer>", "3")]
    [InlineData("before <answer>x < y</answer> after", "x < y")]
    [InlineData("<answer><b>3</b></answer>", "<b>3</b>")]
    public void The_answer_is_what_stands_in_its_only_block(string text, string answer) =>
        Assert.Equal(answer, new ParsedCompletion(text).Answer.Value);

    [Theory]
    [InlineData("", "no <answer>")]
    [InlineData("3", "no <answer>")]
    [InlineData("<answer>3", "<answer> is not closed")]
    [InlineData("3</answer>", "<answer> is not closed")]
    [InlineData("<answer>3</answer><answer>4</answer>", "several <answer>")]
    [InlineData("<answer>3<answer>4</answer>", "several <answer>")]
    [InlineData("<answer>3</answer>4</answer>", "several <answer>")]
    [InlineData("<answer>  </answer>", "empty")]
    [InlineData("<Answer>3</Answer>", "no <answer>")]
    [InlineData("＜answer＞3＜/answer＞", "no <answer>")]
    public void A_completion_without_exactly_one_answer_has_none_and_says_why(string text, string reason) =>
        Assert.Equal(reason, new ParsedCompletion(text).Answer.Reason);

    [Theory]
    [InlineData("<think>a</think><answer>b</answer>", true)]
    [InlineData(" <think>a</think>\n<answer>b</answer>\n", true)]
    [InlineData("<answer>b</answer><think>a</think>", false)]
    [InlineData("<think></think><answer>b</answer>", false)]
    [InlineData("<think>a</think><answer> </answer>", false)]
    [InlineData("x<think>a</think><answer>b</answer>", false)]
    [InlineData("<think>a</think>x<answer>b</answer>", false)]
    [InlineData("<think>a</think><answer>b</answer>x", false)]
    [InlineData("<think>a<answer>b</answer></think>", false)]
    public void The_format_is_reasoning_and_then_an_answer_with_nothing_around(string text, bool holds) =>
        Assert.Equal(holds, new ParsedCompletion(text).IsWellFormed);

    [Fact]
    public void Without_a_tag_of_the_answer_the_whole_text_is_it() => Assert.Equal("3", new ParsedCompletion(" 3 ", "").Answer.Value);

    [Theory]
    [InlineData("3", 3, "")]
    [InlineData("The answer is -3.5 cm.", -3.5, "cm")]
    [InlineData("about 1,234,567.8", 1234567.8, "")]
    [InlineData("3/4", 0.75, "")]
    [InlineData("50%", 50, "%")]
    [InlineData("50 %", 50, "%")]
    [InlineData("−7", -7, "")]
    [InlineData("1.5e-3 m", 0.0015, "m")]
    [InlineData(".5", 0.5, "")]
    [InlineData("Three", 3, "")]
    [InlineData("twenty-one cubes", 21, "")]
    [InlineData("one hundred and five", 105, "")]
    [InlineData("two thousand three hundred", 2300, "")]
    [InlineData("x3 has 4", 4, "")]
    [InlineData("3D", 3, "d")]
    [InlineData("90° left", 90, "°")]
    public void A_number_is_read_with_its_unit(string text, double value, string unit)
    {
        Parsed<QuantityText> found = NumberText.Parse(text);
        Assert.True(found.IsFound, found.Reason);
        Assert.Equal(value, found.Value.Value, 1e-9);
        Assert.Equal(unit, found.Value.Unit);
    }

    [Theory]
    [InlineData("", "no number")]
    [InlineData("many", "no number")]
    [InlineData("3 or 4", "several numbers")]
    [InlineData("3-4", "several numbers")]
    [InlineData("1,2,3", "several numbers")]
    [InlineData("1,23", "several numbers")]
    [InlineData("three or four", "several numbers")]
    [InlineData("three four", "several numbers")]
    [InlineData("1.2.3", "no number that can be read")]
    [InlineData("1/0", "a fraction over 0")]
    [InlineData("1e999", "a number that is not finite")]
    [InlineData("３", "digits that are not ASCII")]
    [InlineData("٣", "digits that are not ASCII")]
    public void A_text_without_exactly_one_number_has_none_and_says_why(string text, string reason) =>
        Assert.Equal(reason, NumberText.Parse(text).Reason);

    [Theory]
    [InlineData("B", 1)]
    [InlineData("b", 1)]
    [InlineData("(B)", 1)]
    [InlineData("B.", 1)]
    [InlineData("B. green", 1)]
    [InlineData("The answer is B", 1)]
    [InlineData("answer: B", 1)]
    [InlineData("option c", -1)]
    [InlineData("option C", 2)]
    [InlineData("Green", 1)]
    [InlineData("**green**", 1)]
    [InlineData("it is a green cube", 1)]
    [InlineData("light green", 3)]
    [InlineData("A, B", -1)]
    [InlineData("A or B", -1)]
    [InlineData("red, green, blue, light green", -1)]
    [InlineData("red or green", -1)]
    [InlineData("A. green", -1)]
    [InlineData("not red", -1)]
    [InlineData("all of the above", -1)]
    [InlineData("E", -1)]
    [InlineData("В", -1)]
    [InlineData("greenish", -1)]
    [InlineData("", -1)]
    public void An_option_is_chosen_by_letter_or_words_if_it_is_one_alone(string text, int option)
    {
        Parsed<int> found = OptionText.Parse(text, ["red", "green", "blue", "light green"]);
        Assert.Equal(option, found.IsFound ? found.Value : -1);
    }

    [Fact]
    public void All_of_the_above_is_an_answer_where_it_is_an_option() =>
        Assert.Equal(2, OptionText.Parse("all of the above", ["red", "green", "all of the above"]).Value);

    [Theory]
    [InlineData("""[{"label":"a","box":[1,2,3,4]}]""")]
    [InlineData("""Here: ```json [{"bbox_2d": [1, 2, 3, 4], "label": "a"}] ```""")]
    [InlineData("""{'label': 'a', 'Position': [1, 2, 3, 4],}""")]
    [InlineData("""see [left], {"bbox":[1.0,2e0,+3,4.],"name":"a"}""")]
    public void Boxes_are_read_in_the_forms_that_models_write(string text)
    {
        Parsed<IReadOnlyList<LabeledBox>> found = BoxText.Parse(text);
        Assert.True(found.IsFound, found.Reason);
        Assert.Equal("a", Assert.Single(found.Value).Label);
        Assert.Equal(new EmbodiedRL.Rewards.Verifiers.Boxes.Box(1, 2, 3, 4), found.Value[0].Box);
    }

    [Theory]
    [InlineData("[1,2,3,4]", 1)]
    [InlineData("[[1,2,3,4],[5,6,7,8]]", 2)]
    [InlineData("[]", 0)]
    public void Bare_coordinates_are_boxes_and_an_empty_list_is_an_answer(string text, int count) =>
        Assert.Equal(count, BoxText.Parse(text).Value!.Count);

    [Theory]
    [InlineData("none", "no JSON")]
    [InlineData("[1,2,3]", "a box that is not 4 finite numbers")]
    [InlineData("[1,2,3,NaN]", "a box that is not 4 finite numbers")]
    [InlineData("[1,2,3,1e999]", "a box that is not 4 finite numbers")]
    [InlineData("[1,2,3,1e8]", "a box that is not 4 finite numbers")]
    [InlineData("[[1,2,3,4],[1,2]]", "a box that is not 4 finite numbers")]
    [InlineData("[1,2,3,4] [5,6,7,8]", "several JSON values")]
    [InlineData("[1,2,3,4", "JSON ends too early")]
    [InlineData("[[9,9,9,9], or [1,2,3,4]]", "no JSON value where one must stand")]
    [InlineData("""[{"box":[1,2,3,4],"confidence":1.5}]""", "a confidence that is not a number from 0 to 1")]
    public void Boxes_that_cannot_be_read_say_why(string text, string reason) => Assert.Equal(reason, BoxText.Parse(text).Reason);

    [Fact]
    public void More_boxes_than_can_be_matched_are_no_answer() => Assert.Equal("too many boxes",
        BoxText.Parse($"[{string.Join(',', Enumerable.Repeat("[1,2,3,4]", BoxText.MostBoxes + 1))}]").Reason);

    [Fact]
    public void Points_masks_and_traces_are_read_or_say_why_not()
    {
        Assert.Equal([(1, 2), (3, 4)], PointText.Parse("[[1,2],[3,4]]").Value!);
        Assert.Equal([(1, 2)], PointText.Parse("""{"point_2d":[1,2]}""").Value!);
        Assert.False(PointText.Parse("[[1,2,3]]").IsFound);
        Assert.Equal([2, 3, 1], MaskText.Parse("""{"size":[2,3],"counts":[2,3,1]}""").Value!.Runs);
        Assert.Equal("runs that do not fill the mask", MaskText.Parse("""{"size":[2,3],"counts":[2,3]}""").Reason);
        Assert.Equal("a mask without a size", MaskText.Parse("""{"size":[1e9,3],"counts":[2,3]}""").Reason);
        Assert.Equal("a run that is no count of pixels", MaskText.Parse("""{"size":[2,3],"counts":[-1,7]}""").Reason);
        ToolCall call = Assert.Single(TraceText.Parse("""{"name":"move","arguments":{"x":1}}""").Value!);
        Assert.Equal(("move", 1), (call.Name, call.Parameters["x"].Number));
        Assert.Equal(2, TraceText.Parse("{\"name\":\"a\"}\n{\"name\":\"b\"}").Value!.Count);
        Assert.Equal("a call without a name", TraceText.Parse("[1]").Reason);
        Assert.Empty(TraceText.Parse("[]").Value!);
    }

    [Theory]
    [InlineData("""{"a":1}""", true)]
    [InlineData(""" {"a":[1,-2.5e3,"x\u00e9\n",true,null]} """, true)]
    [InlineData("""{'a':1}""", false)]
    [InlineData("""{"a":1,}""", false)]
    [InlineData("""{"a":1} x""", false)]
    [InlineData("""{"a":NaN}""", false)]
    [InlineData("""{"a":01}""", false)]
    [InlineData("""{"a":+1}""", false)]
    [InlineData("""{"a":.5}""", false)]
    [InlineData("""["a"]""", true)]
    [InlineData("", false)]
    public void Strict_JSON_is_by_the_letter(string text, bool holds) => Assert.Equal(holds, JsonText.Strict(text).IsFound);

    [Fact]
    public void Depth_size_and_length_have_limits_with_a_reason()
    {
        string deep = new string('[', 40) + new string(']', 40);
        Assert.Equal("JSON nested too deeply", JsonText.First(deep).Reason);
        Assert.True(JsonText.First(new string('[', 30) + new string(']', 30)).IsFound);
        Assert.Equal("JSON with too many values", JsonText.First($"[{string.Join(',', Enumerable.Repeat('1', 30_000))}]").Reason);
        Assert.Equal("a JSON number that is too long", JsonText.First($"[{new string('9', 500)}]").Reason);
        Assert.Equal("longer than is read", new ParsedCompletion(new string('a', ParseWork.MostCharacters + 1)).Answer.Reason);
    }

    [Fact]
    public void JSON_values_are_equal_by_value()
    {
        Assert.Equal(Json("""{"a":1,"b":[1,2]}"""), Json("""{"b":[1.0,2],"a":1e0}"""));
        Assert.NotEqual(Json("""{"a":[1,2]}"""), Json("""{"a":[2,1]}"""));
        Assert.NotEqual(Json("""{"a":1}"""), Json("""{"a":"1"}"""));
        Assert.NotEqual(Json("""{"a":1}"""), Json("""{"a":true}"""));
        Assert.Equal("\ud800", Json("""["\ud800"]""").Items[0].Text);

        static JsonItem Json(string text) => JsonText.First(text).Value!;
    }

    [Fact]
    public void Runs_of_words_are_counted_by_what_they_hold()
    {
        Assert.Equal(1, WordText.DistinctRuns(["a", "b"], 3));
        Assert.Equal(2 / 3.0, WordText.DistinctRuns(["a", "b", "a", "b"], 2), 1e-12);
        Assert.Equal(1, WordText.DistinctRuns(["a", "b", "c", "d"], 2));
        Assert.Equal(1 / 5.0, WordText.DistinctRuns(["a", "a", "a", "a", "a"], 1), 1e-12);
    }
}
