INSERT INTO products (name, price_cents) VALUES
    ('A mug to break', 100),
    ('A product with a very long name, to see where it wraps on a small screen', 1999);
