namespace EmbodiedRL.Simulation.Physics;

/// <summary>Contacts of a state, in MuJoCo's own memory; valid until its next step.</summary>
public readonly unsafe ref struct Contacts
{
    private readonly byte* _first;
    private readonly ContactLayout _layout;

    internal Contacts(byte* first, int count, ContactLayout layout)
    {
        _first = first;
        _layout = layout;
        Count = count;
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>One of them.</summary>
    public Contact this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count);
            return new Contact(_first + ((long)index * _layout.Size), _layout);
        }
    }

    /// <summary>For <c>foreach</c>.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Goes through the contacts.</summary>
    public ref struct Enumerator
    {
        private readonly Contacts _contacts;
        private int _index;

        internal Enumerator(Contacts contacts)
        {
            _contacts = contacts;
            _index = -1;
        }

        /// <summary>Where it is.</summary>
        public readonly Contact Current => _contacts[_index];

        /// <summary>Goes on.</summary>
        public bool MoveNext() => ++_index < _contacts.Count;
    }
}
