INSERT INTO products (name, price_cents) VALUES
    ('Teapot', 2490),
    ('Cup', 890),
    ('Saucer', 450);
