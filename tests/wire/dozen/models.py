from typing import ClassVar, Self

from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=40)

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        app_label = "dozen"

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    word = models.CharField(max_length=40)

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        app_label = "dozen"

    def __str__(self) -> str:
        return self.word


class Book(models.Model):
    title = models.CharField(max_length=40)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")
    tags = models.ManyToManyField(Tag)

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        app_label = "dozen"

    def __str__(self) -> str:
        return self.title
