using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Reasoning;

namespace EmbodiedRL.Training.Tests.Reasoning;

/// <summary>That a file of questions is read as it is written, or refused with its line.</summary>
public sealed class QuestionFileTests : IDisposable
{
    private const string Good = """{"prompt": "2 + 3?", "answer": "5", "form": "number"}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_field_is_read()
    {
        Directory.CreateDirectory(_folder["inside/pictures"]);
        ImageFile.WritePng(_folder["inside/pictures/red.png"], [200, 0, 0, 0, 0, 0], 2, 1);
        Question question = new QuestionFile(Write("""
            {"prompt": "What color?", "answer": "red", "form": "option", "options": ["red", "blue"], "kind": "color",
             "images": ["pictures/red.png"], "difficulty": 0.25, "worked": "<answer>red</answer>"}
            """.ReplaceLineEndings(" "), "", Good)).Questions[0];
        Assert.Equal(("What color?", "red", AnswerForm.Option, "color", 0.25, "<answer>red</answer>"), (question.Prompt, question.Reference,
            question.Form, question.Kind, question.Difficulty, question.WorkedAnswer));
        Assert.Equal(["red", "blue"], question.Options);
        Assert.Equal([200, 0, 0, 0, 0, 0], Assert.Single(question.Images).Rgb);
    }

    [Theory]
    [InlineData("not JSON", "no JSON")]
    [InlineData("[1]", "Array")]
    [InlineData("""{"prompt": "a", "answer": "5", "form": "number", "extra": 1}""", "extra")]
    [InlineData("""{"prompt": "a", "prompt": "b", "answer": "5", "form": "number"}""", "twice")]
    [InlineData("""{"prompt": " ", "answer": "5", "form": "number"}""", "no prompt")]
    [InlineData("""{"prompt": "a", "form": "number"}""", "no answer")]
    [InlineData("""{"prompt": "a", "answer": "5"}""", "no form")]
    [InlineData("""{"prompt": "a", "answer": 5, "form": "number"}""", "answer")]
    [InlineData("""{"prompt": "a", "answer": "5", "form": "1"}""", "forms are text")]
    [InlineData("""{"prompt": "a", "answer": "five", "form": "number"}""", "no number")]
    [InlineData("""{"prompt": "a", "answer": "green", "form": "option", "options": ["red"]}""", "none of the options")]
    [InlineData("""{"prompt": "a", "answer": "red", "form": "option", "options": ["red", "red"]}""", "twice")]
    [InlineData("""{"prompt": "a", "answer": "red", "form": "option", "options": "red"}""", "options")]
    [InlineData("""{"prompt": "a", "answer": "[{\"label\":\"\",\"box\":[5,1,2,3]}]", "form": "boxes"}""", "form [{")]
    [InlineData("""{"prompt": "a", "answer": "[[1,2,3]]", "form": "points"}""", "[[x,y]]")]
    [InlineData("""{"prompt": "a", "answer": "{\"size\":[2,2],\"counts\":[1,2]}", "form": "mask"}""", "size")]
    [InlineData("""{"prompt": "a", "answer": "step", "form": "trace"}""", "no JSON")]
    [InlineData("""{"prompt": "a", "answer": "5", "form": "number", "difficulty": 2}""", "difficulty")]
    [InlineData("""{"prompt": "a", "answer": "5", "form": "number", "images": ["none.png"]}""", "not there")]
    [InlineData("""{"prompt": "a", "answer": "5", "form": "number", "images": ["../outside.png"]}""", "not below")]
    [InlineData("""{"prompt": "a", "answer": "5", "form": "number", "images": ["/etc/passwd"]}""", "not below")]
    [InlineData("""{"prompt": "a", "answer": "5", "form": "number", "images": ["link.png"]}""", "link out of")]
    [InlineData("""{"prompt": "a", "answer": "5", "form": "number", "images": ["linked/outside.png"]}""", "link out of")]
    [InlineData("""{"prompt": "a", "answer": "5", "form": "number", "images": ["text.png"]}""", "text.png")]
    public void A_line_that_cannot_be_used_is_named(string line, string found)
    {
        ImageFile.WritePng(_folder["outside.png"], [1, 2, 3], 1, 1);
        Directory.CreateDirectory(_folder["inside"]);
        File.CreateSymbolicLink(_folder["inside/link.png"], _folder["outside.png"]);
        Directory.CreateSymbolicLink(_folder["inside/linked"], _folder.Path);
        File.WriteAllText(_folder["inside/text.png"], "no picture");
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => new QuestionFile(Write(Good, "", line, Good)));
        Assert.Contains("line 3", error.Message, StringComparison.Ordinal);
        Assert.Contains(found, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_blank_lines_or_none_is_refused()
    {
        Assert.Throws<CorruptFileException>(() => new QuestionFile(Write("", " ")));
        Assert.Throws<AssetMissingException>(() => new QuestionFile(_folder["none.jsonl"]));
    }

    [Fact]
    public void All_are_asked_before_any_is_asked_again_and_a_resumed_file_goes_on()
    {
        string path = Write([.. Enumerable.Range(0, 7).Select(i => $$"""{"prompt": "{{i}}?", "answer": "{{i}}", "form": "number"}""")]);
        QuestionFile first = new(path, 3), second = new(path, 3);
        string[] asked = [.. first.Next(14).Select(question => question.Reference)];
        Assert.Equal(7, asked.Take(7).Distinct().Count());
        Assert.Equal(7, asked.Skip(7).Distinct().Count());
        Assert.NotEqual(asked.Take(7), asked.Skip(7));
        first.Next(3);
        var snapshot = new Snapshot();
        first.Save(snapshot);
        second.Load(snapshot);
        Assert.Equal(first.Next(20).Select(question => question.Prompt), second.Next(20).Select(question => question.Prompt));
    }

    private string Write(params string[] lines)
    {
        Directory.CreateDirectory(_folder["inside"]);
        File.WriteAllText(_folder["inside/questions.jsonl"], string.Join('\n', lines));
        return _folder["inside/questions.jsonl"];
    }
}
